// The Node-API surface: the only file that knows Node. State lives per environment.
#include <napi.h>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

#include <memory>
#include <string>
#include <vector>

#include "async.h"
#include "blas.h"
#include "kernel_table.h"
#include "parallel.h"
#include "program_run.h"
#include "simd/target.h"

namespace adjoint {
namespace {

constexpr double kMostReserved = 9007199254740992.0;  // 2^53

struct State {
  double* frame = nullptr;
  Napi::Reference<Napi::ArrayBuffer> buffer;  // owned by V8, kept alive here
  std::vector<napi_ref> references;           // null where a place is free
  std::vector<size_t> freePlaces;
};

// The hot path: raw Node-API, one call to find the state. Arguments are never read; they are
// there to keep the operands alive.
napi_value executeFrame(napi_env env, napi_callback_info info) {
  void* frame = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &frame);
  execute(static_cast<double*>(frame));
  return nullptr;
}

using ProgramHandle = Napi::External<Program>;

// Copies what it needs of the code. The handle frees the program when it is collected.
Napi::Value createProgram(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    Napi::TypeError::New(info.Env(), "createProgram: expected a Float64Array")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  auto code = info[0].As<Napi::Float64Array>();
  int refused = 0;
  std::unique_ptr<Program> program = Program::decode(code.Data(), code.ElementLength(), refused);
  if (program == nullptr) {
    Napi::Error::New(info.Env(), "createProgram: refused at slot " + std::to_string(refused))
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  return ProgramHandle::New(info.Env(), program.release(),
                            [](Napi::Env, Program* owned) { delete owned; });
}

// What a function that runs a program owns.
struct BoundProgram {
  ProgramRun run;
  Napi::Reference<Napi::Value> program;
  Napi::Reference<Napi::Float64Array> bindings;
};

// Its arguments are never read: they keep alive what is bound.
napi_value runBound(napi_env env, napi_callback_info info) {
  void* bound = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &bound);
  static_cast<BoundProgram*>(bound)->run();
  return nullptr;
}

// A function of its own for each program: to find the program costs nothing then.
Napi::Value bindProgram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsExternal() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
    Napi::TypeError::New(env, "bindProgram: expected a program and bindings")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Program* program = info[0].As<ProgramHandle>().Data();
  auto bindings = info[1].As<Napi::Float64Array>();
  if (bindings.ElementLength() < program->bindingSlots()) {
    Napi::RangeError::New(env, "bindProgram: bindings too short").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto bound = std::make_unique<BoundProgram>(
      BoundProgram{ProgramRun(*program, bindings.Data()),
                   Napi::Reference<Napi::Value>::New(info[0], 1), Napi::Persistent(bindings)});
  napi_value function = nullptr;
  if (napi_create_function(env, "runProgram", NAPI_AUTO_LENGTH, runBound, bound.get(), &function) !=
      napi_ok) {
    Napi::Error::New(env).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Function result(env, function);
  result.AddFinalizer([](Napi::Env, BoundProgram* owned) { delete owned; }, bound.release());
  return result;
}

Napi::Value addressOf(const Napi::CallbackInfo& info) {
  if (info.Length() < 1 || !info[0].IsArrayBuffer()) {
    Napi::TypeError::New(info.Env(), "addressOf: expected an ArrayBuffer")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const void* data = info[0].As<Napi::ArrayBuffer>().Data();
  return Napi::Number::New(info.Env(), static_cast<double>(reinterpret_cast<uintptr_t>(data)));
}

// A fresh page costs more than the additions that fill it; a huge one costs little more than a
// small one. Only advice: where the system does not know it nothing happens.
Napi::Value adviseHugePages(const Napi::CallbackInfo& info) {
  if (info.Length() < 3 || !info[0].IsArrayBuffer() || !info[1].IsNumber() || !info[2].IsNumber()) {
    Napi::TypeError::New(info.Env(), "adviseHugePages: expected an ArrayBuffer, start and length")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
#ifdef MADV_HUGEPAGE
  auto buffer = info[0].As<Napi::ArrayBuffer>();
  const double start = info[1].As<Napi::Number>();
  const double length = info[2].As<Napi::Number>();
  if (start >= 0 && length > 0 && start + length <= static_cast<double>(buffer.ByteLength())) {
    char* from = static_cast<char*>(buffer.Data()) + static_cast<size_t>(start);
    madvise(from, static_cast<size_t>(length), MADV_HUGEPAGE);
  }
#endif
  return info.Env().Undefined();
}

// Asks for address space, which is given back untouched.
Napi::Value canReserve(const Napi::CallbackInfo& info) {
  const double bytes = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>() : 0.0;
  if (!(bytes >= 1 && bytes <= kMostReserved)) {
    Napi::RangeError::New(info.Env(), "canReserve: expected a number of bytes up to 2**53")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
#ifdef MAP_ANONYMOUS
  const auto length = static_cast<size_t>(bytes);
  void* found =
      mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, off_t{0});
  if (found == MAP_FAILED) return Napi::Boolean::New(info.Env(), false);
  munmap(found, length);
#endif
  return Napi::Boolean::New(info.Env(), true);
}

// Weak references by number. JavaScript's own keep their target until the script returns to the
// event loop, which a synchronous loop never does.
Napi::Value refer(const Napi::CallbackInfo& info) {
  napi_ref reference = nullptr;
  if (info.Length() < 1 || !info[0].IsObject() ||
      napi_create_reference(info.Env(), info[0], 0, &reference) != napi_ok) {
    Napi::TypeError::New(info.Env(), "refer: expected an object").ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  auto* state = info.Env().GetInstanceData<State>();
  size_t place = state->references.size();
  if (state->freePlaces.empty()) {
    state->references.push_back(reference);
  } else {
    place = state->freePlaces.back();
    state->freePlaces.pop_back();
    state->references[place] = reference;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(place));
}

// The reference that the argument names; null after it has thrown.
napi_ref* referenceOf(const Napi::CallbackInfo& info) {
  auto& references = info.Env().GetInstanceData<State>()->references;
  const double place = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>() : -1.0;
  if (place >= 0 && place < static_cast<double>(references.size())) {
    napi_ref* found = &references[static_cast<size_t>(place)];
    if (*found != nullptr) return found;
  }
  Napi::RangeError::New(info.Env(), "expected a number that refer gave")
      .ThrowAsJavaScriptException();
  return nullptr;
}

// Only what is certain counts.
Napi::Value isCollected(const Napi::CallbackInfo& info) {
  const napi_ref* reference = referenceOf(info);
  if (reference == nullptr) return info.Env().Undefined();
  napi_value value = nullptr;
  const napi_status status = napi_get_reference_value(info.Env(), *reference, &value);
  return Napi::Boolean::New(info.Env(), status == napi_ok && value == nullptr);
}

Napi::Value endReference(const Napi::CallbackInfo& info) {
  napi_ref* reference = referenceOf(info);
  if (reference == nullptr) return info.Env().Undefined();
  napi_delete_reference(info.Env(), *reference);
  *reference = nullptr;
  auto* state = info.Env().GetInstanceData<State>();
  state->freePlaces.push_back(static_cast<size_t>(reference - state->references.data()));
  return info.Env().Undefined();
}

Napi::Value setThreadCount(const Napi::CallbackInfo& info) {
  const double count = info.Length() > 0 && info[0].IsNumber() ? info[0].As<Napi::Number>() : 0.0;
  if (!(count >= 1 && count <= 1024) || count != static_cast<int>(count)) {
    Napi::RangeError::New(info.Env(), "setThreads: expected an integer from 1 to 1024")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  setThreads(static_cast<int>(count));
  return info.Env().Undefined();
}

Napi::Value getThreadCount(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), threads());
}

// For tests. Programs keep the functions that they were made with.
Napi::Value setSimdTarget(const Napi::CallbackInfo& info) {
  const bool named = info.Length() > 0 && info[0].IsString();
  if (!named || !selectSimdTarget(info[0].As<Napi::String>())) {
    Napi::RangeError::New(info.Env(), "setSimdTarget: expected one of simdTargets")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  bindKernelsAgain();
  return info.Env().Undefined();
}

Napi::Value describe(const Napi::CallbackInfo& info) {
  const BlasInfo blas = blasInfo();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("blas", blas.name);
  result.Set("config", blas.config);
  result.Set("core", blas.core);
  result.Set("lapack", blas.lapack);
  result.Set("simd", simdTargetName());
  result.Set("threads", threads());
  return result;
}

Napi::Value memory(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("programs", static_cast<double>(Program::count()));
  result.Set("scratchBytes", static_cast<double>(scratchBytes()));
  return result;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  useOneBlasThread();

  auto* state = new State;
  env.SetInstanceData(state);
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, kFrameSlots * sizeof(double));
  if (buffer.IsEmpty()) return exports;  // in a worker that is being terminated
  state->buffer = Napi::Persistent(buffer);
  state->frame = static_cast<double*>(buffer.Data());

  const auto& kernels = kernelTable().all();
  Napi::Array names = Napi::Array::New(env, kernels.size());
  Napi::Array kinds = Napi::Array::New(env, kernels.size());
  for (uint32_t i = 0; i < kernels.size(); ++i) {
    names.Set(i, kernels[i].name);
    kinds.Set(i, static_cast<int>(kernels[i].kind));
  }

  const auto simd = simdTargets();
  Napi::Array targets = Napi::Array::New(env, simd.size());
  for (uint32_t i = 0; i < simd.size(); ++i) targets.Set(i, simd[i]);

  napi_value function = nullptr;
  if (napi_create_function(env, "execute", NAPI_AUTO_LENGTH, executeFrame, state->frame,
                           &function) != napi_ok) {
    Napi::Error::New(env).ThrowAsJavaScriptException();
    return exports;
  }
  exports.Set("frame", buffer);
  exports.Set("kernels", names);
  exports.Set("kernelKinds", kinds);
  exports.Set("simdTargets", targets);
  exports.Set("setSimdTarget", Napi::Function::New<setSimdTarget>(env, "setSimdTarget"));
  exports.Set("execute", Napi::Value(env, function));
  exports.Set("createProgram", Napi::Function::New<createProgram>(env, "createProgram"));
  exports.Set("bindProgram", Napi::Function::New<bindProgram>(env, "bindProgram"));
  exports.Set("runProgramAsync", makeRunProgramAsync(env));
  exports.Set("addressOf", Napi::Function::New<addressOf>(env, "addressOf"));
  exports.Set("adviseHugePages", Napi::Function::New<adviseHugePages>(env, "adviseHugePages"));
  exports.Set("canReserve", Napi::Function::New<canReserve>(env, "canReserve"));
  exports.Set("refer", Napi::Function::New<refer>(env, "refer"));
  exports.Set("isCollected", Napi::Function::New<isCollected>(env, "isCollected"));
  exports.Set("endReference", Napi::Function::New<endReference>(env, "endReference"));
  exports.Set("setThreads", Napi::Function::New<setThreadCount>(env, "setThreads"));
  exports.Set("getThreads", Napi::Function::New<getThreadCount>(env, "getThreads"));
  exports.Set("memory", Napi::Function::New<memory>(env, "memory"));
  exports.Set("info", Napi::Function::New<describe>(env, "info"));
  return exports;
}

NODE_API_MODULE(adjoint, initialise)

}  // namespace
}  // namespace adjoint

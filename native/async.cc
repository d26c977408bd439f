#include "async.h"

#include "program_run.h"

namespace adjoint {
namespace {

class ProgramWorker : public Napi::AsyncWorker {
 public:
  ProgramWorker(Napi::Env env, const Program* program, double* bindings, Napi::Object alive)
      : Napi::AsyncWorker(env, "adjoint:program"),
        program_(program),
        bindings_(bindings),
        alive_(Napi::Persistent(alive)),
        deferred_(Napi::Promise::Deferred::New(env)) {}
  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override { ProgramRun(*program_, bindings_)(); }
  void OnOK() override { deferred_.Resolve(Env().Undefined()); }
  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  const Program* program_;
  double* bindings_;
  Napi::ObjectReference alive_;
  Napi::Promise::Deferred deferred_;
};

}  // namespace

Napi::Value runProgramAsync(const Napi::CallbackInfo& info) {
  if (info.Length() < 3 || !info[0].IsExternal() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
      !info[2].IsObject()) {
    Napi::TypeError::New(info.Env(), "runProgramAsync: expected a program, bindings, an object")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  const Program* program = info[0].As<Napi::External<Program>>().Data();
  auto bindings = info[1].As<Napi::Float64Array>();
  if (bindings.ElementLength() < program->bindingSlots()) {
    Napi::RangeError::New(info.Env(), "runProgramAsync: bindings too short")
        .ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  auto alive = Napi::Array::New(info.Env(), 3);
  for (uint32_t i = 0; i < 3; ++i) alive.Set(i, info[i]);
  auto* worker = new ProgramWorker(info.Env(), program, bindings.Data(), alive);
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  return promise;
}

}  // namespace adjoint

#include "async.h"

#include <atomic>
#include <memory>
#include <new>
#include <unordered_map>

#include "background.h"
#include "program_run.h"

namespace adjoint {
namespace {

class ProgramJob final : public Job {
 public:
  ProgramJob(const Program& program, double* bindings, napi_threadsafe_function settled)
      : program_(program), bindings_(bindings), settled_(settled) {}

  void run() noexcept override {
    try {
      ProgramRun(program_, bindings_)();
    } catch (const std::bad_alloc&) {
      bindings_[binding::kStatus] = static_cast<double>(Code::outOfMemory);
      bindings_[binding::kStep] = 0;
    }
  }
  void settle() noexcept override {
    napi_call_threadsafe_function(settled_, static_cast<Job*>(this), napi_tsfn_nonblocking);
  }
  void cancel() noexcept override {
    std::atomic_ref<double>(bindings_[binding::kCancelled]).store(1, std::memory_order_relaxed);
  }

 private:
  const Program& program_;
  double* bindings_;
  napi_threadsafe_function settled_;
};

// The runs that one environment waits for.
class Runs {
 public:
  explicit Runs(napi_env env) : env_(env) { napi_add_env_cleanup_hook(env, end, this); }

  // The promise of a run; null after it has thrown.
  napi_value start(const Program& program, double* bindings, napi_value alive, int threads) {
    if (settled_ == nullptr && !prepare()) return nullptr;
    Run run{};
    napi_value promise = nullptr;
    if (napi_create_reference(env_, alive, 1, &run.alive) != napi_ok ||
        napi_create_promise(env_, &run.deferred, &promise) != napi_ok) {
      return nullptr;
    }
    run.job = std::make_unique<ProgramJob>(program, bindings, settled_);
    Job& job = *run.job;
    if (runs_.empty()) napi_ref_threadsafe_function(env_, settled_);
    runs_.emplace(&job, std::move(run));
    if (!background::enqueue(job, this, threads)) {
      job.run();
      job.settle();
    }
    return promise;
  }

 private:
  struct Run {
    std::unique_ptr<ProgramJob> job;
    napi_ref alive;
    napi_deferred deferred;
  };

  bool prepare() {
    napi_value name = nullptr;
    napi_create_string_utf8(env_, "adjoint:program", NAPI_AUTO_LENGTH, &name);
    return napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                           this, settle, &settled_) == napi_ok;
  }

  // Without an environment only what was left of it is thrown away, and `context` is gone.
  static void settle(napi_env env, napi_value, void* context, void* job) {
    if (env == nullptr) return;
    auto* self = static_cast<Runs*>(context);
    const auto found = self->runs_.find(static_cast<Job*>(job));
    const Run run = std::move(found->second);
    self->runs_.erase(found);
    if (self->runs_.empty()) napi_unref_threadsafe_function(env, self->settled_);
    napi_delete_reference(env, run.alive);
    napi_value undefined = nullptr;
    napi_get_undefined(env, &undefined);
    napi_resolve_deferred(env, run.deferred, undefined);
  }

  // When the environment ends, which takes its memory from under the runs.
  static void end(void* context) {
    const std::unique_ptr<Runs> self(static_cast<Runs*>(context));
    background::end(self.get());
    for (const auto& [job, run] : self->runs_) napi_delete_reference(self->env_, run.alive);
  }

  napi_env env_;
  napi_threadsafe_function settled_ = nullptr;
  std::unordered_map<Job*, Run> runs_;
};

Napi::Value runProgramAsync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 4 || !info[0].IsExternal() || !info[1].IsTypedArray() ||
      info[1].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array ||
      !info[2].IsNumber() || !info[3].IsObject()) {
    Napi::TypeError::New(env, "runProgramAsync: expected a program, bindings, threads, an object")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Program* program = info[0].As<Napi::External<Program>>().Data();
  auto bindings = info[1].As<Napi::Float64Array>();
  if (bindings.ElementLength() < program->bindingSlots()) {
    Napi::RangeError::New(env, "runProgramAsync: bindings too short").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto alive = Napi::Array::New(env, 3);
  alive.Set(0u, info[0]);
  alive.Set(1u, info[1]);
  alive.Set(2u, info[3]);
  const int threads = info[2].As<Napi::Number>();
  auto* runs = static_cast<Runs*>(info.Data());
  napi_value promise = runs->start(*program, bindings.Data(), alive, threads);
  if (promise == nullptr) {
    Napi::Error::New(env).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return {env, promise};
}

}  // namespace

Napi::Function makeRunProgramAsync(Napi::Env env) {
  return Napi::Function::New<runProgramAsync>(env, "runProgramAsync", new Runs(env));
}

}  // namespace adjoint

#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>

#include "thread.h"

namespace adjoint {
namespace {

std::atomic<int> limit{0};

// More pieces than threads: one that is held up by another process leaves its share to the rest.
constexpr std::int64_t kPiecesPerThread = 8;
constexpr int kMostWorkers = 63;
// What a kernel keeps on the stack is more than musl gives a thread.
constexpr std::size_t kStack = std::size_t{1} << 21;
// A worker is seldom later than this by more than the time that it takes to fall asleep and wake.
constexpr int kPatience = 2000;

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  asm volatile("yield");
#endif
}

// One caller's work. Lives on the caller's stack.
class Share {
 public:
  Share(std::int64_t count, std::int64_t piece, const void* context, parallel::Body body)
      : count_(count), piece_(piece), context_(context), body_(body) {}

  void work() noexcept {
    for (;;) {
      const std::int64_t begin = next_.fetch_add(piece_, std::memory_order_relaxed);
      if (begin >= count_) return;
      try {
        body_(context_, begin, std::min(begin + piece_, count_));
      } catch (...) {
        if (!failed_.exchange(true)) failure_ = std::current_exception();
        next_.store(count_, std::memory_order_relaxed);
      }
    }
  }
  void rethrow() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  const std::int64_t count_;
  const std::int64_t piece_;
  const void* const context_;
  const parallel::Body body_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;
};

// Threads that sleep until a caller has work for them. They are started when first needed and never
// joined: the pool outlives every Node environment.
class Pool {
 public:
  // False if somebody else has the workers, or there are none.
  bool run(Share& share, int helpers) {
    if (busy_.exchange(true, std::memory_order_acquire)) return false;
    if (!provide(helpers)) {
      busy_.store(false, std::memory_order_release);
      return false;
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      share_ = &share;
      seats_ = std::min(helpers, workers_);
    }
    for (int i = std::min(helpers, workers_); i > 0; --i) wake_.notify_one();
    share.work();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      share_ = nullptr;
      seats_ = 0;
    }
    for (int i = 0; i < kPatience && inside_.load(std::memory_order_acquire) > 0; ++i) pause();
    if (inside_.load(std::memory_order_acquire) > 0) {
      std::unique_lock<std::mutex> lock(mutex_);
      left_.wait(lock, [this] { return inside_.load(std::memory_order_relaxed) == 0; });
    }
    busy_.store(false, std::memory_order_release);
    return true;
  }

  void prepare(int helpers) {
    if (busy_.exchange(true, std::memory_order_acquire)) return;
    provide(helpers);
    busy_.store(false, std::memory_order_release);
  }

 private:
  bool provide(int helpers) {
    // After a fork the child has the pool's memory, but not its threads.
    if (owner_ != 0 && owner_ != processId()) return false;
    if (workers_ >= helpers) return true;
    if (workers_ == 0) {
      owner_ = processId();
      stayLoaded();
    }
    while (workers_ < helpers && startThread(serve, kStack)) ++workers_;
    return workers_ > 0;
  }

  static void serve();

  [[noreturn]] void loop() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return seats_ > 0; });
      --seats_;
      Share* const share = share_;
      inside_.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      share->work();
      lock.lock();
      if (inside_.fetch_sub(1, std::memory_order_release) == 1) left_.notify_one();
    }
  }

  std::atomic<bool> busy_{false};
  // Whoever is busy with the pool:
  int workers_ = 0;
  std::int64_t owner_ = 0;
  // Under the mutex:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable left_;
  Share* share_ = nullptr;
  int seats_ = 0;  // for workers that may still join in
  std::atomic<int> inside_{0};
};

// Never destroyed: at the end of the process its threads still wait in it.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

void Pool::serve() { pool().loop(); }

}  // namespace

int threads() { return limit.load(std::memory_order_relaxed); }
void setThreads(int count) { limit.store(count, std::memory_order_relaxed); }

void parallel::run(std::int64_t count, std::int64_t grain, const void* context, Body body) {
  const std::int64_t grains = (count + grain - 1) / grain;
  const std::int64_t team = std::min<std::int64_t>({threads(), grains, kMostWorkers + 1});
  const std::int64_t piece = (grains + team * kPiecesPerThread - 1) / (team * kPiecesPerThread);
  Share work(count, piece * grain, context, body);
  if (team > 1 && pool().run(work, static_cast<int>(team) - 1)) {
    work.rethrow();
  } else {
    body(context, 0, count);
  }
}

void parallel::prepare() { pool().prepare(std::min(threads() - 1, kMostWorkers)); }

}  // namespace adjoint

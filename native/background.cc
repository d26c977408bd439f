#include "background.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <mutex>

#include "parallel.h"
#include "thread.h"

namespace adjoint {
namespace {

// OpenBLAS has room for so many callers at once, and more.
constexpr int kMostThreads = 64;
// What the main thread of a process usually has: libraries may rely on it.
constexpr std::size_t kStack = std::size_t{1} << 23;

struct Entry {
  Job* job;
  const void* owner;
};

class Queue {
 public:
  bool enqueue(Job& job, const void* owner, int threads) {
    if (isInherited()) return false;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (process_ == kNobody) prepare();
    const int wanted = std::min(threads, kMostThreads);
    if (threads_ < wanted && busy_ + static_cast<int>(waiting_.size()) >= threads_ &&
        startThread(serve, kStack)) {
      ++threads_;
    }
    if (threads_ == 0) return false;
    waiting_.push_back({&job, owner});
    wake_.notify_one();
    return true;
  }

  void end(const void* owner) {
    end([owner](const Entry& entry) { return entry.owner == owner; });
  }

 private:
  // Libraries free what a running job uses when the process ends. On Windows its other threads have
  // ended by then.
  void prepare() {
    process_ = processId();
    stayLoaded();
#if !defined(_WIN32)
    std::atexit(endAll);
#endif
  }

  // After a fork the child has neither the threads nor one that would unlock the mutex.
  bool isInherited() const {
    const std::int64_t process = process_;
    return process != kNobody && process != processId();
  }

  static void serve();
  static void endAll();

  template <class Predicate>
  void end(Predicate ended) {
    if (isInherited()) return;
    std::unique_lock<std::mutex> lock(mutex_);
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), ended), waiting_.end());
    for (const Entry& entry : running_) {
      if (entry.job != nullptr && ended(entry)) entry.job->cancel();
    }
    settled_.wait(lock, [&] {
      return std::none_of(running_, running_ + kMostThreads, [&](const Entry& entry) {
        return entry.owner != nullptr && ended(entry);
      });
    });
  }

  [[noreturn]] void loop() {
    goBehindOthers();
    std::unique_lock<std::mutex> lock(mutex_);
    Entry& own = running_[started_++];
    for (;;) {
      wake_.wait(lock, [this] { return !waiting_.empty(); });
      Job& job = *waiting_.front().job;
      own = waiting_.front();
      waiting_.pop_front();
      ++busy_;
      lock.unlock();
      job.run();
      lock.lock();
      own.job = nullptr;  // whoever is told that it is settled may delete it
      lock.unlock();
      job.settle();
      lock.lock();
      own.owner = nullptr;
      --busy_;
      settled_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable settled_;
  // Under the mutex:
  std::deque<Entry> waiting_;
  Entry running_[kMostThreads] = {};  // what each thread does
  int threads_ = 0;
  int started_ = 0;
  int busy_ = 0;
  // Whose threads these are.
  static constexpr std::int64_t kNobody = -1;
  std::atomic<std::int64_t> process_{kNobody};
};

// Never destroyed: at the end of the process its threads still wait in it.
Queue& queue() {
  static Queue* const instance = new Queue;
  return *instance;
}

void Queue::serve() { queue().loop(); }
[[maybe_unused]] void Queue::endAll() {
  queue().end([](const Entry&) { return true; });
}

}  // namespace

bool background::enqueue(Job& job, const void* owner, int threads) {
  // Else a run would start them, behind all others.
  parallel::prepare();
  return queue().enqueue(job, owner, threads);
}

void background::end(const void* owner) { queue().end(owner); }

}  // namespace adjoint

// Work for threads of its own: the few of Node's pool are for files, names and ciphers.
#pragma once

namespace adjoint {

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;

  // On a thread of the queue, one after the other. After the second nothing is done with the job.
  virtual void run() noexcept = 0;
  virtual void settle() noexcept = 0;
  // From another thread, while it runs: it may end early.
  virtual void cancel() noexcept = 0;
};

namespace background {

// Has a job done when its turn comes, at most `threads` at a time in the whole process. False if
// there is no thread to be had. The owner only names whose it is.
bool enqueue(Job& job, const void* owner, int threads);

// Ends all jobs of an owner: those that wait are forgotten, those that run are cancelled. Nothing
// is done with any of them after it has returned.
void end(const void* owner);

}  // namespace background
}  // namespace adjoint

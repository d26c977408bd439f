#include "thread.h"

#if defined(_WIN32)
#include <windows.h>

#include <system_error>
#include <thread>
#else
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#endif

namespace adjoint {

#if defined(_WIN32)

bool startThread(void (*body)(), std::size_t) {
  try {
    std::thread(body).detach();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void stayLoaded() {
  HMODULE module = nullptr;
  GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCSTR>(&stayLoaded), &module);
}

std::int64_t processId() { return 0; }

void goBehindOthers() { SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL); }

#else

// Signals are for the threads that the program made itself.
bool startThread(void (*body)(), std::size_t stack) {
  sigset_t all;
  sigset_t before;
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, stack);
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const auto enter = [](void* argument) -> void* {
    reinterpret_cast<void (*)()>(argument)();
    return nullptr;
  };
  const int failed = pthread_create(&thread, &attributes, enter, reinterpret_cast<void*>(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return failed == 0;
}

void stayLoaded() {
  Dl_info here;
  if (dladdr(reinterpret_cast<void*>(&stayLoaded), &here) != 0)
    dlopen(here.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

std::int64_t processId() { return getpid(); }

void goBehindOthers() {
#if defined(__linux__)
  nice(5);  // elsewhere it is the whole process that would be
#endif
}

#endif

}  // namespace adjoint

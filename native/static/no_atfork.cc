// OpenBLAS stops its threads in a handler that pthread_atfork registers. When a child process is
// spawned while another thread is inside OpenBLAS that handler waits for ever. A child of Node
// never calls BLAS before it executes another program, so the handler is not needed.
// The linker's --wrap makes the name.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" int __wrap_pthread_atfork(void (*)(), void (*)(), void (*)());

extern "C" int __wrap_pthread_atfork(void (*)(), void (*)(), void (*)()) { return 0; }
// NOLINTEND(bugprone-reserved-identifier)

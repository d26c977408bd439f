// Threads that outlive every Node environment.
#pragma once

#include <cstddef>
#include <cstdint>

namespace adjoint {

// Starts a thread that nobody joins. False if there is none to be had.
bool startThread(void (*body)(), std::size_t stack);

// Where processors are scarce the process's other threads come before the one that calls this.
void goBehindOthers();

// The addon may be unloaded with the Node worker that loaded it; the threads stay.
void stayLoaded();

// After a fork the child has its parent's memory, but only one thread of it.
std::int64_t processId();

}  // namespace adjoint

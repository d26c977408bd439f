// Work of one operation that several threads take part in.
#pragma once

#include <cstdint>

namespace adjoint {

// How many threads may work on one operation, in the whole process; 0 until it is set.
int threads();
void setThreads(int count);

namespace parallel {
using Body = void (*)(const void* context, std::int64_t begin, std::int64_t end);
void run(std::int64_t count, std::int64_t grain, const void* context, Body body);
// Starts the threads that help: they get the priority of the one that starts them.
void prepare();
}  // namespace parallel

// Calls body(begin, end) for pieces that cover [0, count), from several threads where more than one
// may be used, and returns when all are done. Every piece begins at a multiple of `grain`, the
// least that is worth a piece of its own. What is computed must not depend on how it is cut. One
// caller at a time gets help: another, or a body that splits its own work again, does it alone.
template <class Body>
void parallelFor(std::int64_t count, std::int64_t grain, const Body& body) {
  if (count <= grain || threads() <= 1) {
    if (count > 0) body(std::int64_t{0}, count);
    return;
  }
  parallel::run(count, grain, &body, [](const void* context, std::int64_t begin, std::int64_t end) {
    (*static_cast<const Body*>(context))(begin, end);
  });
}

}  // namespace adjoint

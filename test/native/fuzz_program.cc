// Bytes become the code of a program: whatever the decoder accepts runs inside of buffers that have
// just the lengths it asks for.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "contents.h"
#include "encoded_numbers.h"
#include "program.h"
#include "program_run.h"

namespace adjoint::fuzz {
namespace {

constexpr double kMostBytes = 1 << 18;
constexpr double kMostElements = 1 << 16;
constexpr std::size_t kMostMeasures = 1 << 12;

// Nothing is wrong with a program that would take for ever, or more memory than there is.
bool isSmall(const Program& program) {
  double bytes = 0;
  for (const double length : program.lengths()) bytes += length;
  double elements = 0;
  for (const Program::Work& work : program.works()) {
    double size = 1;
    for (int axis = 0; axis < work.rank; ++axis) {
      size *= static_cast<double>(std::max<std::int64_t>(1, work.dims[axis]));
    }
    elements += size;
  }
  return bytes <= kMostBytes && elements <= kMostElements &&
         program.bindingSlots() <= kMostMeasures;
}

void run(const Program& program, std::uint8_t choice) {
  std::vector<std::unique_ptr<char[]>> buffers;
  const std::unique_ptr<double[]> bindings(new double[program.bindingSlots()]());
  double* pairs = bindings.get() + program.pairsSlot();
  for (const double length : program.lengths()) {
    const auto bytes = static_cast<std::size_t>(length);
    buffers.emplace_back(new char[bytes]);
    char* data = buffers.back().get();
    const DType dtype = choice % 3 == 0 ? DType::i32 : choice % 3 == 1 ? DType::f32 : DType::f64;
    Contents(choice).fill(data, bytes, dtype, 1);
    const std::size_t rest = bytes % 8;
    std::fill_n(data + bytes - rest, rest, char{1});
    *pairs++ = static_cast<double>(reinterpret_cast<std::uintptr_t>(data));
    *pairs++ = length;
  }
  ProgramRun twice(program, bindings.get());
  twice();
  twice();
}

}  // namespace
}  // namespace adjoint::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace adjoint;
  fuzz::EncodedNumbers input(data, size);
  const std::uint8_t choice = input.byte();
  std::vector<double> code;
  while (!input.empty()) code.push_back(input.number());
  // Code that is too short is read no further than it goes.
  const std::unique_ptr<double[]> exact(new double[code.size()]);
  std::copy(code.begin(), code.end(), exact.get());
  int refused = 0;
  const auto program = Program::decode(exact.get(), code.size(), refused);
  if (program != nullptr && fuzz::isSmall(*program)) fuzz::run(*program, choice);
  return 0;
}

// Products of tiny matrices, where the call of a BLAS routine costs more than the product.
#pragma once

#include <cstdint>

#include "product.h"

namespace adjoint {

inline constexpr std::int64_t kSmall = 8;

// C = A B with rows of B and C contiguous and N columns: the row of C stays in registers.
template <int N, class T>
void multiplyRows(std::int64_t m, std::int64_t k, const T* a, std::int64_t aRow, std::int64_t aCol,
                  const T* b, std::int64_t bRow, T* c, std::int64_t cRow) {
  for (std::int64_t i = 0; i < m; ++i) {
    T row[N] = {};
    const auto addTerm = [&](std::int64_t l) {
      const T factor = a[i * aRow + l * aCol];
      for (int j = 0; j < N; ++j) row[j] += product(factor, b[l * bRow + j]);
    };
    // A loop with two ends, which GCC does not vectorise: it takes the row in vectors then.
    for (std::int64_t l = 0; l < k; ++l) {
      addTerm(l);
      if (++l == k) break;
      addTerm(l);
    }
    for (int j = 0; j < N; ++j) c[i * cRow + j] = row[j];
  }
}

template <class T>
void multiplySmall(std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t aRow,
                   std::int64_t aCol, const T* b, std::int64_t bRow, std::int64_t bCol, T* c,
                   std::int64_t cRow, std::int64_t cCol) {
  T packedB[kSmall * kSmall];
  T packedC[kSmall * kSmall];
  if (bCol != 1) {
    for (std::int64_t l = 0; l < k; ++l) {
      for (std::int64_t j = 0; j < n; ++j) packedB[l * kSmall + j] = b[l * bRow + j * bCol];
    }
    b = packedB;
    bRow = kSmall;
  }
  T* target = cCol == 1 ? c : packedC;
  const std::int64_t targetRow = cCol == 1 ? cRow : kSmall;
  switch (n) {
    case 1:
      multiplyRows<1>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    case 2:
      multiplyRows<2>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    case 3:
      multiplyRows<3>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    case 4:
      multiplyRows<4>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    case 5:
      multiplyRows<5>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    case 6:
      multiplyRows<6>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    case 7:
      multiplyRows<7>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
    default:
      multiplyRows<8>(m, k, a, aRow, aCol, b, bRow, target, targetRow);
      break;
  }
  if (cCol == 1) return;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) c[i * cRow + j * cCol] = packedC[i * kSmall + j];
  }
}

}  // namespace adjoint

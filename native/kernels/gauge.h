// Whether a derivative depends on the basis that was chosen inside a cluster of equal eigenvalues.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../instruction.h"

namespace adjoint {

// What is asked of x in the basis of eigenvectors.
enum class GaugeQuestion {
  cotangent,  // of the vectors: x = Vᵀ V̅, c the cotangent of the values
  weights,    // of the values: Σ c_i v_i v_iᵀ along x
  curvature,  // the same where c moves too, nobody knows how inside a cluster
  tangent,    // of the vectors along x
};

enum class GaugeAnswer { fail, note, ignore };

struct Gauge {
  GaugeAnswer answer;
  GaugeQuestion question;
  double closeness;   // what fraction of the largest value parts equal ones at most
  double negligible;  // and what fraction of the largest entry is rounding
};

// Values w [n], entries x [n, n] between their vectors, weights c [n]; with strides.
template <class T>
struct SpectrumView {
  std::int64_t n;
  const T* w;
  std::int64_t wStride;
  const T* x;
  std::int64_t row, column;
  const T* c;
  std::int64_t cStride;
};

template <class T>
class Spectrum {
 public:
  Spectrum(const SpectrumView<T>& view, const Gauge& gauge) : view_(view), gauge_(gauge) {
    for (std::int64_t i = 0; i < view_.n; ++i) {
      largestValue_ = std::max(largestValue_, std::abs(w(i)));
      largestWeight_ = std::max(largestWeight_, std::abs(c(i)));
    }
  }

  // Leaves what it finds in the status; false if there is something.
  bool ask(std::int64_t batch, Status& status) {
    if (gauge_.answer == GaugeAnswer::ignore || !anyTogether()) return true;
    const Finding found = worst();
    if (found.defect == 0) return true;
    const std::int64_t where = found.i * view_.n + found.j;
    // Forward mode does not see the loss: some may speak of simple eigenvalues alone, where there
    // are any.
    const bool open = gauge_.question == GaugeQuestion::tangent && !everyoneTogether();
    const bool refused = gauge_.answer == GaugeAnswer::fail && !open;
    status.info = static_cast<double>(refused ? where : -where - 1);
    status.batch = static_cast<double>(batch);
    status.rcond = gap(found.i, found.j);
    status.rcondBatch = found.defect;
    return false;
  }

 private:
  struct Finding {
    double defect = 0;
    std::int64_t i = 0;
    std::int64_t j = 0;

    void take(double found, std::int64_t row, std::int64_t column) {
      if (found <= defect) return;
      defect = found;
      i = row;
      j = column;
    }
  };

  double w(std::int64_t i) const { return static_cast<double>(view_.w[i * view_.wStride]); }
  double c(std::int64_t i) const { return static_cast<double>(view_.c[i * view_.cStride]); }
  double x(std::int64_t i, std::int64_t j) const {
    return static_cast<double>(view_.x[i * view_.row + j * view_.column]);
  }
  double gap(std::int64_t i, std::int64_t j) const { return std::abs(w(i) - w(j)); }
  bool together(std::int64_t i, std::int64_t j) const {
    return gap(i, j) <= gauge_.closeness * largestValue_;
  }

  // Of values in order the neighbours tell.
  bool anyTogether() const {
    bool ascending = true;
    bool descending = true;
    for (std::int64_t i = 1; i < view_.n; ++i) {
      if (together(i - 1, i)) return true;
      ascending = ascending && w(i - 1) <= w(i);
      descending = descending && w(i - 1) >= w(i);
    }
    if (ascending || descending) return false;
    for (std::int64_t i = 0; i < view_.n; ++i) {
      if (shares(i)) return true;
    }
    return false;
  }

  bool everyoneTogether() const {
    for (std::int64_t i = 0; i < view_.n; ++i) {
      if (!shares(i)) return false;
    }
    return true;
  }

  // Whether another value equals this one.
  bool shares(std::int64_t i) const {
    for (std::int64_t j = 0; j < view_.n; ++j) {
      if (j != i && together(i, j)) return true;
    }
    return false;
  }

  Finding worst() {
    for (std::int64_t i = 0; i < view_.n; ++i) {
      for (std::int64_t j = 0; j < view_.n; ++j) largest_ = std::max(largest_, std::abs(x(i, j)));
    }
    Finding finding;
    for (std::int64_t i = 0; i < view_.n; ++i) {
      for (std::int64_t j = i + 1; j < view_.n; ++j) {
        if (together(i, j)) finding.take(defect(i, j), i, j);
      }
    }
    return finding;
  }

  double counted(double value, double scale) const {
    return value > gauge_.negligible * scale ? value : 0;
  }

  double defect(std::int64_t i, std::int64_t j) const {
    const double twist = counted(std::abs(x(i, j) - x(j, i)) / 2, largest_);
    const double stretch = counted(std::abs(x(i, j) + x(j, i)) / 2, largest_);
    const double weight = std::max(std::abs(c(i)), std::abs(c(j)));
    const double contrast = counted(std::abs(c(i) - c(j)), largestWeight_);
    switch (gauge_.question) {
      case GaugeQuestion::cotangent:
        // With a weight on the values as well the limit of twist / gap is not 0 but unknown.
        if (twist > 0 || weight == 0) return twist;
        return contrast > 0 && touched(i, j) ? contrast : stretch;
      case GaugeQuestion::weights:
        return contrast > 0 ? stretch : 0;
      case GaugeQuestion::curvature:
      case GaugeQuestion::tangent:
        return stretch;
    }
    return 0;
  }

  // Whether the vectors i and j enter at all.
  bool touched(std::int64_t i, std::int64_t j) const {
    for (std::int64_t k = 0; k < view_.n; ++k) {
      if (x(k, i) != 0 || x(k, j) != 0) return true;
    }
    return false;
  }

  SpectrumView<T> view_;
  Gauge gauge_;
  double largestValue_ = 0;
  double largestWeight_ = 0;
  double largest_ = 0;
};

}  // namespace adjoint

// The same work by direct calls of BLAS and LAPACK: `baseline WORK ARGUMENT...`, or `baseline
// info`.
#include <cblas.h>

#include <cstdio>
#include <cstdlib>

#include "works.h"

namespace {

void printInfo(const Arguments&) {
  std::printf("{\"config\":\"%s\",\"core\":\"%s\",\"threads\":%d}\n", openblas_get_config(),
              openblas_get_corename(), openblas_get_num_threads());
}

}  // namespace

int main(int argc, char** argv) {
  Works works{{"info", printInfo}};
  for (Works family : {scalarWorks(), productWorks(), factorisationWorks(), eigenvalueWorks(),
                       modelWorks(), limitWorks()})
    works.merge(family);
  const auto found = works.find(argc > 1 ? argv[1] : "");
  if (found == works.end()) {
    std::fprintf(stderr, "usage: baseline WORK ARGUMENT..., where WORK is one of\n");
    for (const auto& [name, _] : works) std::fprintf(stderr, "  %s\n", name.c_str());
    return 1;
  }
  Arguments arguments;
  for (int i = 2; i < argc; ++i) arguments.push_back(std::atoi(argv[i]));
  found->second(arguments);
  return 0;
}

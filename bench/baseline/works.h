// What the baseline can be asked for, by families.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

using Arguments = std::vector<int>;
using Works = std::map<std::string, std::function<void(const Arguments&)>>;

Works scalarWorks();
Works productWorks();
Works factorisationWorks();
Works eigenvalueWorks();
Works modelWorks();
Works limitWorks();

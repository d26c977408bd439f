// A function that does nothing: what a call from JavaScript into an addon costs.
#include <node_api.h>

static napi_value nothing(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "nothing", NAPI_AUTO_LENGTH, nothing, NULL, &function) != napi_ok)
    return NULL;
  return function;
}

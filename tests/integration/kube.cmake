# Pods that talk to the Kubernetes API.
add_library(kubelab STATIC kube_lab.cc test_certs.cc)
target_compile_definitions(kubelab PRIVATE KUBE_API="${CMAKE_CURRENT_SOURCE_DIR}/kube_api.py")
target_link_libraries(kubelab
  PUBLIC podlab nlohmann_json::nlohmann_json OpenSSL::Crypto PRIVATE sragent_options)
target_include_directories(kubelab PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})

integration_test(pod_condition_test pod_condition_test.cc)
target_link_libraries(pod_condition_test PRIVATE kubelab leavelab workerlab)

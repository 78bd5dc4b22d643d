# Passwords and privileges at simulated FEs.
integration_test(credentials_test credentials_test.cc)
target_link_libraries(credentials_test PRIVATE workerlab mariadblab)

# Passwords and privileges at simulated FEs.
integration_test(credentials_test credentials_test.cc)
target_link_libraries(credentials_test PRIVATE leavelab workerlab mariadblab)
integration_test(first_password_test first_password_test.cc)
target_link_libraries(first_password_test PRIVATE leavelab workerlab)

integration_test(verbs_test verbs_test.cc)

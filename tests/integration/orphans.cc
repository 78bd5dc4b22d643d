#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

/// Leaves argv[1] ended processes behind whose parent is gone, in batches of 500: S53.
int main(int argc, char** argv) {
  constexpr int kBatch = 500;
  const long wanted = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
  for (int made = 0; made < wanted; made += kBatch) {
    const pid_t parent = fork();
    if (parent < 0) return std::perror("fork"), 1;
    if (parent > 0) {
      waitpid(parent, nullptr, 0);
      continue;
    }
    for (int i = made; i < made + kBatch && i < wanted; ++i)
      if (fork() == 0) _exit(0);
    _exit(0);
  }
  return 0;
}

/* Preloaded into gw: the wall clock is off by as many seconds as the file named by CLOCK_JUMP says at that moment. The
   monotonic clock stays what it is, as when somebody sets the machine's clock. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long jump(void) {
  const char *path = getenv("CLOCK_JUMP");
  char text[32] = {0};
  int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) return 0;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 ? atol(text) : 0;
}
int clock_gettime(clockid_t id, struct timespec *at) {
  long r = syscall(SYS_clock_gettime, id, at);
  if (id == CLOCK_REALTIME && r == 0) at->tv_sec += jump();
  return r;
}
int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now; clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000; return 0;
}
time_t time(time_t *out) { struct timespec now; clock_gettime(CLOCK_REALTIME, &now); if (out) *out = now.tv_sec; return now.tv_sec; }

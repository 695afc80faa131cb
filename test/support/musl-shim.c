// What Debian's libstdc++ and libgcc_s, made for glibc, ask of a C library, and musl does not have. So that gw for musl can be tried on
// a machine without a libstdc++ for musl; where gw runs for real (Alpine), that one is there.
#include <stddef.h>
#include <time.h>

int getentropy(void *buffer, size_t length);

char __libc_single_threaded = 0;
struct { unsigned int vendor, type, subtype, features[1]; } __cpu_model = {0};

int __cpu_indicator_init(void) { return 0; }

// "Not found" has libgcc_s go the older way, by dl_iterate_phdr.
int _dl_find_object(void *address, void *result) { return -1; }

unsigned int arc4random(void) {
  unsigned int value = 0;
  getentropy(&value, sizeof value);
  return value;
}

size_t __strftime_l(char *to, size_t most, const char *format, const struct tm *at, void *locale) {
  return strftime(to, most, format, at);
}

// What a thread would clean up at its end stays until that of the process.
int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object, void *library) { return 0; }

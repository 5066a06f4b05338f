// Preloaded into a process on Linux, delays its fsync calls by the milliseconds in the file SLOW_FSYNC_FILE.
// Includes no header: the compiler's package brings none of the C library.
extern int open(const char *path, int flags, ...);
extern long read(int file, void *buffer, unsigned long size);
extern int close(int file);
extern int usleep(unsigned int microseconds);
extern char *getenv(const char *name);
extern void *dlsym(void *handle, const char *name);
#define RTLD_NEXT ((void *)-1L)

static void delay(void) {
  const char *path = getenv("SLOW_FSYNC_FILE");
  int file = path ? open(path, 0) : -1;
  if (file < 0) return;
  char text[16];
  long length = read(file, text, sizeof text);
  close(file);
  unsigned int milliseconds = 0;
  for (long at = 0; at < length && text[at] >= '0' && text[at] <= '9'; at++)
    milliseconds = milliseconds * 10 + (text[at] - '0');
  // usleep takes less than a second.
  for (; milliseconds >= 500; milliseconds -= 500) usleep(500000);
  usleep(milliseconds * 1000);
}

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

int fsync(int file) {
  if (!real_fsync) real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  delay();
  return real_fsync(file);
}

int fdatasync(int file) {
  if (!real_fdatasync) real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  delay();
  return real_fdatasync(file);
}

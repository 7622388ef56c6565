/*
 * Preloaded into a process: notes what it writes to one file and to those beside it whose names start alike, so that
 * what was never synced can be undone after a SIGKILL, as a power cut would.
 *
 * Each note is a line and, behind it, the bytes that were there before:
 *   W <name> <offset> <length of those bytes> <size of the file before>
 *   S <name>          everything written to it so far is on the disk
 * A note is made before its write and after its sync, so a kill in between errs towards what is not on the disk.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path_of(int fd, char *path) {
  const char *file = getenv("POWER_LOSS_FILE");
  if (file == NULL) return NULL;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, 4095);
  if (length <= 0) return NULL;
  path[length] = 0;
  if (strncmp(path, file, strlen(file)) != 0) return NULL;
  size_t end = strlen(path);
  /* Shared memory does not outlive a power cut at all. */
  return end > 4 && strcmp(path + end - 4, "-shm") == 0 ? NULL : path + strlen(file);
}

static void note(const char *bytes, size_t length) {
  static int log = -1;
  if (log < 0) log = syscall(SYS_openat, AT_FDCWD, getenv("POWER_LOSS_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (syscall(SYS_write, log, bytes, length) != (long)length) abort();
}

/* `length` bytes at `offset` are about to change, or, with a length of -1, all from `offset` on to go. */
static void note_write(int fd, off_t offset, ssize_t length) {
  char path[4096];
  const char *name = path_of(fd, path);
  struct stat before;
  if (name == NULL || fstat(fd, &before) != 0) return;
  off_t kept = before.st_size > offset ? before.st_size - offset : 0;
  if (length >= 0 && kept > length) kept = length;
  char *text = malloc(kept + 256);
  int head = snprintf(text, 256, "W %s: %lld %lld %lld\n", name, (long long)offset, (long long)kept,
                      (long long)before.st_size);
  if (syscall(SYS_pread64, fd, text + head, kept, offset) != kept) abort();
  note(text, head + kept);
  free(text);
}

static int note_sync(int fd, int result) {
  char path[4096], text[256];
  const char *name = result == 0 ? path_of(fd, path) : NULL;
  if (name != NULL) note(text, snprintf(text, sizeof text, "S %s:\n", name));
  return result;
}

#define REAL(name, type) ((type)dlsym(RTLD_NEXT, name))

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  note_write(fd, offset, length);
  return REAL("pwrite64", ssize_t(*)(int, const void *, size_t, off64_t))(fd, bytes, length, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
  return pwrite64(fd, bytes, length, offset);
}
ssize_t write(int fd, const void *bytes, size_t length) {
  note_write(fd, lseek(fd, 0, SEEK_CUR), length);
  return REAL("write", ssize_t(*)(int, const void *, size_t))(fd, bytes, length);
}
int ftruncate64(int fd, off64_t length) {
  note_write(fd, length, -1);
  return REAL("ftruncate64", int (*)(int, off64_t))(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }
int fsync(int fd) { return note_sync(fd, REAL("fsync", int (*)(int))(fd)); }
int fdatasync(int fd) { return note_sync(fd, REAL("fdatasync", int (*)(int))(fd)); }

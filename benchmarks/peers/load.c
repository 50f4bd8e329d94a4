// Drives a webhook with the workload W8 and answers the Bot API calls, in one epoll thread.
// load WORKLOAD BOT_PORT API_PORT PARENTS CONVERSATIONS FIRST_CHAT API_LATENCY_US CONNECTIONS WARM
// SECONDS prints one line of JSON. A parent sends its next turn when the request was answered, a
// message was shown and the press was answered. WORKLOAD: for each turn a line of 0 or 1 (a press),
// the label of the button whose data must be read first (or -) and the update, separated by tabs;
// then the secret, the answer to a message and the answer to getMe.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char *TPL[8], *LABEL[8], *SECRET, *RMSG, *RME;
static int ISCB[8];
static const char* RTRUE = "{\"ok\":true,\"result\":true}";

static char* line_of(FILE* f) {
  char* line = 0;
  size_t room = 0;
  ssize_t n = getline(&line, &room, f);
  if (n > 0 && line[n - 1] == '\n') line[n - 1] = 0;
  return n > 0 ? line : 0;
}
static void load_workload(const char* path) {
  FILE* f = fopen(path, "r");
  for (int i = 0; f && i < 8; i++) {
    char* line = line_of(f);
    ISCB[i] = atoi(strtok(line, "\t"));
    LABEL[i] = strtok(0, "\t");
    if (!strcmp(LABEL[i], "-")) LABEL[i] = 0;
    TPL[i] = strtok(0, "\t");
  }
  if (f) SECRET = line_of(f), RMSG = line_of(f), RME = line_of(f);
}
typedef struct {
  int fd, kind, parent;
  char* b;
  int n, cap;
  int busy, dead;
  long served;
} Conn;  // kind 0 listen,1 api,2 bot
typedef struct {
  long chat;
  int turn, vis, ans, post, active, inq;
  double t0;
  char btn[256];
} Par;
typedef struct {
  double due;
  Conn* c;
  long gen;
  char* buf;
  int n;
} Dl;
static int ep, N, M, maxc, bport;
static long base, lat_us;
static Par* P;
static int* slot;
static int nextc = 0, donec = 0, warm = 0;
static long uid = 1000;
static double* L;
static long nl = 0, capl = 0;
static Conn** pool;
static int npool = 0;
static int* q;
static int qh = 0, qt = 0, qcap;
static long napi = 0, nvis = 0, nans = 0, nposts = 0, errs = 0, wreply = 0;
static double tstart = 0, tlast = 0;
static struct rusage r0;
static Dl* dl;
static int dh = 0, dt = 0, dcap = 1 << 16;
static double now() {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
static void die(const char* m) {
  fprintf(stderr, "w8load: %s\n", m);
  exit(2);
}
static void wr(int fd, const char* b, int n) {
  while (n > 0) {
    int k = write(fd, b, n);
    if (k < 0) {
      if (errno == EAGAIN) {
        usleep(50);
        continue;
      }
      return;
    }
    b += k;
    n -= k;
  }
}
static void setnb(int fd) {
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  int o = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &o, sizeof o);
}
static int dial() {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(bport)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (void*)&a, sizeof a)) {
    close(fd);
    return -1;
  }
  setnb(fd);
  return fd;
}
static void add(Conn* c) {
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}
static Conn* mk(int fd, int kind) {
  Conn* c = calloc(1, sizeof *c);
  c->fd = fd;
  c->kind = kind;
  c->cap = 65536;
  c->b = malloc(c->cap);
  c->parent = -1;
  add(c);
  return c;
}
static int subst(char* o, const char* t, long chat, long u, const char* data) {
  char* s = o;
  while (*t) {
    if (t[0] == '@' && t[2] == '@') {
      if (t[1] == 'C')
        o += sprintf(o, "%ld", chat);
      else if (t[1] == 'U')
        o += sprintf(o, "%ld", u);
      else if (t[1] == 'D') {
        int k = strlen(data);
        memcpy(o, data, k);
        o += k;
      }
      t += 3;
    } else
      *o++ = *t++;
  }
  *o = 0;
  return o - s;
}
static void post(Conn* c, int pi) {
  static char body[65536], req[67000];
  Par* p = &P[pi];
  const char* d = LABEL[p->turn] ? p->btn : "";
  int n = subst(body, TPL[p->turn], p->chat, ++uid, d);
  p->btn[0] = 0;
  int k = sprintf(
      req,
      "POST /hook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: "
      "application/json\r\nX-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n",
      SECRET, n);
  memcpy(req + k, body, n);
  c->busy = 1;
  c->parent = pi;
  nposts++;
  wr(c->fd, req, k + n);
}
static void pump() {
  while (qh != qt) {
    Conn* c = 0;
    for (int i = 0; i < npool; i++)
      if (!pool[i]->busy) {
        c = pool[i];
        break;
      }
    if (!c) {
      if (npool >= maxc) return;
      int fd = dial();
      if (fd < 0) {
        errs++;
        return;
      }
      c = pool[npool++] = mk(fd, 2);
    }
    int pi = q[qh];
    qh = (qh + 1) % qcap;
    P[pi].inq = 0;
    post(c, pi);
  }
}
static void enq(int pi) {
  P[pi].t0 = now();
  P[pi].vis = P[pi].ans = P[pi].post = 0;
  q[qt] = pi;
  qt = (qt + 1) % qcap;
  P[pi].inq = 1;
}
static void startconv(int pi) {
  if (nextc >= M) {
    P[pi].active = 0;
    return;
  }
  P[pi].chat = base + nextc;
  slot[nextc] = pi;
  nextc++;
  P[pi].turn = 0;
  P[pi].active = 1;
  enq(pi);
}
static void check(int pi) {
  Par* p = &P[pi];
  if (!p->active || !p->post || !p->vis || (ISCB[p->turn] && !p->ans)) return;
  if (p->turn < 7 && LABEL[p->turn + 1] && !p->btn[0]) return;  // the edit of a press came first
  double t = now();
  static long tt = 0;
  if (++tt > warm * 8L) {
    if (tstart == 0) {
      tstart = t;
      getrusage(RUSAGE_SELF, &r0);
    } else {
      if (nl == capl) {
        capl = capl ? capl * 2 : 65536;
        L = realloc(L, capl * sizeof(double));
      }
      L[nl++] = t - p->t0;
      tlast = t;
    }
  }
  if (++p->turn == 8) {
    donec++;
    slot[p->chat - base] = -1;
    startconv(pi);
  } else
    enq(pi);
}
static void dec(char* s, int* n) {
  char *o = s, *e = s + *n;
  char* r = s;
  while (r < e) {
    if (*r == '%' && r + 2 < e) {
      char h[3] = {r[1], r[2], 0};
      *o++ = strtol(h, 0, 16);
      r += 3;
    } else if (*r == '+') {
      *o++ = ' ';
      r++;
    } else
      *o++ = *r++;
  }
  *o = 0;
  *n = o - s;
}
static int api(const char* m, int ml, char* body, int bl,
               char* out) {  // record a Bot API call, make the answer
  body[bl] = 0;
  napi++;
  int v = (ml == 11 && !strncasecmp(m, "sendMessage", 11)) ||
          (ml == 15 && !strncasecmp(m, "editMessageText", 15));
  int a = ml == 19 && !strncasecmp(m, "answerCallbackQuery", 19);
  long chat = -1;
  char* s;
  if (a) {
    s = strstr(body, "callback_query_id");
    if (s) {
      s += 17;
      while (*s && (*s < '0' || *s > '9')) s++;
      chat = atol(s) / 100;
    }
  } else if ((s = strstr(body, "chat_id"))) {
    s += 7;
    while (*s && (*s < '0' || *s > '9')) s++;
    chat = atol(s);
  }
  int pi = -1;
  if (chat >= base && chat < base + M) pi = slot[chat - base];
  if (pi >= 0) {
    Par* p = &P[pi];
    if (a) {
      p->ans++;
      nans++;
    }
    if (v) {
      p->vis++;
      nvis++;
      if (p->turn < 7 && LABEL[p->turn + 1]) {
        if (strstr(body, "%22")) dec(body, &bl);
        char pat[64];
        sprintf(pat, "\"%s\"", LABEL[p->turn + 1]);
        s = body;
        while ((s = strstr(s, pat))) {
          char* x = s - 1;
          while (x > body && (*x == ' ' || *x == ':')) x--;
          if (x - 5 >= body && !strncmp(x - 5, "\"text\"", 6)) {
            char* d = strstr(s, "\"callback_data\"");
            if (d) {
              d += 15;
              while (*d != '"') d++;
              char* e = d + 1;
              while (*e != '"') {
                if (*e == '\\') e++;
                e++;
              }
              memcpy(p->btn, d, e - d + 1);
              p->btn[e - d + 1] = 0;
            }
            break;
          }
          s += 3;
        }
      }
    }
    check(pi);
  }
  if (v || (ml > 4 && !strncasecmp(m, "edit", 4))) return subst(out, RMSG, chat, 0, "");
  if (ml == 5 && !strncasecmp(m, "getMe", 5)) return sprintf(out, "%s", RME);
  return sprintf(out, "%s", RTRUE);
}
static char* hdr(char* b, int hl, const char* k) {
  int kl = strlen(k);
  for (char* s = b; s < b + hl;) {
    char* e = memmem(s, b + hl - s, "\r\n", 2);
    if (!e) e = b + hl;
    if (e - s > kl && !strncasecmp(s, k, kl)) {
      s += kl;
      while (*s == ' ') s++;
      return s;
    }
    s = e + 2;
  }
  return 0;
}
static void on_api(Conn* c) {
  for (;;) {
    char* he = memmem(c->b, c->n, "\r\n\r\n", 4);
    if (!he) return;
    int hl = he - c->b;
    char* cl = hdr(c->b, hl, "content-length:");
    char* te = hdr(c->b, hl, "transfer-encoding:");
    char* ex = hdr(c->b, hl, "expect:");
    (void)ex;
    int need = hl + 4, bl = 0;
    char* body = he + 4;
    static char cb[65536];
    if (cl) {
      bl = atoi(cl);
      need += bl;
      if (c->n < need) return;
    } else if (te && !strncasecmp(te, "chunked", 7)) {
      char *s = he + 4, *end = c->b + c->n;
      bl = 0;
      for (;;) {
        char* e = memmem(s, end - s, "\r\n", 2);
        if (!e) return;
        int k = strtol(s, 0, 16);
        s = e + 2;
        if (s + k + 2 > end) return;
        memcpy(cb + bl, s, k);
        bl += k;
        s += k + 2;
        if (!k) break;
      }
      need = s - c->b;
      body = cb;
    }
    char* pe = memchr(c->b, '\n', hl);
    char* sp = memchr(c->b, ' ', hl);
    char* e2 = memchr(sp + 1, ' ', pe - sp);
    char* qm = memchr(sp + 1, '?', e2 - sp - 1);
    if (qm) e2 = qm;
    char* m = e2;
    while (m > sp && m[-1] != '/') m--;
    int ml = e2 - m;
    char mm[64];
    if (ml > 63) ml = 63;
    memcpy(mm, m, ml);
    static char tmp[70000];
    if (bl > 65000) die("body");
    memcpy(tmp, body, bl);
    static char out[4096];
    int on;
    int rest = c->n - need;
    memmove(c->b, c->b + need, rest);
    c->n = rest;
    on = api(mm, ml, tmp, bl, out);
    char* r = malloc(on + 160);
    int k = sprintf(r,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                    "%d\r\nConnection: keep-alive\r\n\r\n",
                    on);
    memcpy(r + k, out, on);
    if (lat_us <= 0) {
      wr(c->fd, r, k + on);
      free(r);
    } else {
      dl[dt] = (Dl){now() + lat_us, c, c->served, r, k + on};
      dt = (dt + 1) % dcap;
      if (dt == dh) die("delay queue");
    }
  }
}
static void on_bot(Conn* c) {
  for (;;) {
    char* he = memmem(c->b, c->n, "\r\n\r\n", 4);
    if (!he) return;
    int hl = he - c->b;
    char* cl = hdr(c->b, hl, "content-length:");
    char* te = hdr(c->b, hl, "transfer-encoding:");
    int need = hl + 4, bl = 0;
    char* body = he + 4;
    if (cl) {
      bl = atoi(cl);
      need += bl;
      if (c->n < need) return;
    } else if (te) {
      char* e = memmem(he + 4, c->n - hl - 4, "0\r\n\r\n", 5);
      if (!e) return;
      bl = e - body;
      need = e + 5 - c->b;
    }
    if (strncmp(c->b + 9, "200", 3)) errs++;
    static char tmp[70000];
    memcpy(tmp, body, bl);
    tmp[bl] = 0;
    int pi = c->parent;
    int rest = c->n - need;
    memmove(c->b, c->b + need, rest);
    c->n = rest;
    c->busy = 0;
    c->parent = -1;
    if (pi >= 0) {
      P[pi].post = 1;
      char* s = bl ? strstr(tmp, "\"method\"") : 0;
      if (s) {
        s += 8;
        while (*s && (*s == ' ' || *s == ':' || *s == '"')) s++;
        char* e = strchr(s, '"');
        static char o[4096];
        char mm[64];
        int ml = e - s;
        memcpy(mm, s, ml);
        wreply++;
        api(mm, ml, tmp, bl, o);
      }
      check(pi);
    }
  }
}
static int cmp(const void* a, const void* b) {
  double x = *(double*)a - *(double*)b;
  return x < 0 ? -1 : x > 0;
}
int main(int c, char** v) {
  if (c < 11) die("args");
  load_workload(v[1]);
  v++;
  c--;
  if (!RME) die("workload");
  bport = atoi(v[1]);
  int aport = atoi(v[2]);
  N = atoi(v[3]);
  M = atoi(v[4]);
  base = atol(v[5]);
  lat_us = atol(v[6]);
  maxc = atoi(v[7]);
  warm = atoi(v[8]);
  double budget = atof(v[9]) * 1e6;
  signal(13, (void*)1);
  ep = epoll_create1(0);
  P = calloc(N, sizeof *P);
  slot = malloc(M * sizeof(int));
  for (int i = 0; i < M; i++) slot[i] = -1;
  pool = calloc(maxc, sizeof *pool);
  qcap = N + 4;
  q = malloc(qcap * sizeof(int));
  dl = malloc(dcap * sizeof *dl);
  int ls = socket(AF_INET, SOCK_STREAM, 0);
  int o = 1;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &o, sizeof o);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(aport)};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(ls, (void*)&a, sizeof a) || listen(ls, 4096)) die("bind");
  fcntl(ls, F_SETFL, O_NONBLOCK);
  Conn lc = {.fd = ls, .kind = 0};
  add(&lc);
  double t0 = now(), treadyat = 0;
  int started = 0;
  double lastprog = 0;
  long lastdone = -1;
  for (;;) {
    struct epoll_event ev[256];
    int to = started ? 100 : 5;
    if (dh != dt) {
      double d = (dl[dh].due - now()) / 1000;
      to = d < 0 ? 0 : (int)(d + 0.999);
      if (to > 100) to = 100;
    }
    int n = epoll_wait(ep, ev, 256, to);
    for (int i = 0; i < n; i++) {
      Conn* k = ev[i].data.ptr;
      if (k->kind == 0) {
        for (;;) {
          int fd = accept(ls, 0, 0);
          if (fd < 0) break;
          setnb(fd);
          mk(fd, 1);
        }
        continue;
      }
      for (;;) {
        if (k->n >= k->cap - 1) {
          k->cap *= 2;
          k->b = realloc(k->b, k->cap);
        }
        int r = read(k->fd, k->b + k->n, k->cap - 1 - k->n);
        if (r > 0) {
          k->n += r;
          if (r < k->cap - 1 - k->n) break;
          continue;
        }
        if (r < 0 && errno == EAGAIN) break;
        if (r == 0 || r < 0) {
          epoll_ctl(ep, EPOLL_CTL_DEL, k->fd, 0);
          close(k->fd);
          k->dead = 1;
          k->served++;
          if (k->kind == 2) {
            for (int j = 0; j < npool; j++)
              if (pool[j] == k) {
                pool[j] = pool[--npool];
                break;
              }
            if (k->busy && k->parent >= 0 && !P[k->parent].vis) {
              errs++;
              int pi = k->parent;
              q[qt] = pi;
              qt = (qt + 1) % qcap;
            }
          }
          k->n = 0;
          break;
        }
      }
      if (k->dead) continue;
      if (k->kind == 1)
        on_api(k);
      else
        on_bot(k);
    }
    double t = now();
    while (dh != dt && dl[dh].due <= t) {
      Dl* d = &dl[dh];
      if (!d->c->dead) wr(d->c->fd, d->buf, d->n);
      free(d->buf);
      dh = (dh + 1) % dcap;
    }
    if (!started) {
      int fd = dial();
      if (fd >= 0) {
        close(fd);
        if (!treadyat) treadyat = t;
        if (t - treadyat > 1500e3) {
          started = 1;
          lastprog = t;
          for (int i = 0; i < N; i++) startconv(i);
        }
      } else if (t - t0 > 60e6)
        die("bot never listened");
    }
    if (started) {
      pump();
      if (donec + nl != lastdone) {
        lastdone = donec + nl;
        lastprog = t;
      }
      static int idle = 0;
      if (n == 0)
        idle++;
      else
        idle = 0;
      (void)lastprog;
      if (idle > 250) {
        for (int i = 0; i < N; i++)
          if (P[i].active) {
            fprintf(stderr, "stuck chat %ld turn %d post %d vis %d ans %d btn %s\n", P[i].chat,
                    P[i].turn, P[i].post, P[i].vis, P[i].ans, P[i].btn);
            break;
          }
        die("stuck 20 s");
      }
      if (donec >= M) break;
      if (tstart && t - tstart > budget) break;
    }
  }
  struct rusage r1;
  getrusage(RUSAGE_SELF, &r1);
  double w = (tlast - tstart) / 1e6;
  double cpu =
      (r1.ru_utime.tv_sec - r0.ru_utime.tv_sec + r1.ru_stime.tv_sec - r0.ru_stime.tv_sec) * 1e6 +
      (r1.ru_utime.tv_usec - r0.ru_utime.tv_usec + r1.ru_stime.tv_usec - r0.ru_stime.tv_usec);
  qsort(L, nl, sizeof(double), cmp);
  printf(
      "{\"parents\":%d,\"convs\":%d,\"turns\":%ld,\"wall_s\":%.4f,\"turns_s\":%.1f,\"p50_ms\":%.3f,"
      "\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f,\"api_calls\":%ld,\"posts\":%ld,\"errs\":%"
      "ld,\"webhook_replies\":%ld,\"driver_cpu_us_turn\":%.1f,\"api_latency_us\":%ld}\n",
      N, donec, nl, w, nl / w, L[nl / 2] / 1e3, L[(long)(nl * .9)] / 1e3, L[(long)(nl * .99)] / 1e3,
      L[nl - 1] / 1e3, napi, nposts, errs, wreply, cpu / nl, lat_us);
  return 0;
}

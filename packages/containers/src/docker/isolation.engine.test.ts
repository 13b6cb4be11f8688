import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { ConformanceBench } from "../testing/conformance/bench.ts";
import { ConformanceRuntimeApi } from "../testing/conformance/runtime-api.ts";
import { makeDockerDriver, describeWithEngine } from "./testing/engine-under-test.ts";

const TIMEOUT_MS = 60_000;
let bench: ConformanceBench;

/** What a function says in its first request. */
async function answerOf(script: string, options: { readonly memorySizeMb?: number } = {}): Promise<string> {
  const subject = await bench.subject(script, options);
  await subject.sandbox.startRuntime();
  return (await bench.api.request(subject.token, "answer")).body.trim();
}

describeWithEngine("a Docker sandbox", () => {
  beforeAll(async () => {
    const api = await ConformanceRuntimeApi.listen();
    bench = await ConformanceBench.create(makeDockerDriver(api, "isolation"), api);
  }, TIMEOUT_MS);
  afterEach(() => bench.destroySubjects());
  afterAll(async () => {
    await bench.close();
    await bench.api.close();
  });

  test(
    "runs functions as AWS's user, without capabilities or a way to get them",
    async () => {
      const answer = await answerOf(
        `step answer "$(id -u):$(id -g) $(id -un) $(grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -s '\\t\\n' '  ')"`,
      );
      expect(answer).toBe("993:990 sbx_user1051 CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1");
    },
    TIMEOUT_MS,
  );

  test(
    "filters system calls: no name spaces, mounts, kernel keys or 32-bit calls, while threads and children work",
    async () => {
      // The numbers of x86-64 and of arm64: unshare(CLONE_NEWUSER), mount, add_key, bpf; clone3 does not exist for it.
      const calls = `@n = \`uname -m\` =~ /x86_64/ ? (272, 165, 248, 321, 435) : (97, 40, 217, 280, 435); print join " ", map { syscall($_, 0x10000000, 0, 0, 0, 0); $!+0 } @n`;
      const answer = await answerOf(
        `step answer "$(grep '^Seccomp:' /proc/self/status | tr -s '\t' ' ') $(perl -e '${calls}') $(unshare -U true 2>/dev/null && echo made || echo refused) $(echo child | cat)"`,
      );
      expect(answer).toBe("Seccomp: 2 1 1 1 1 38 refused child");
    },
    TIMEOUT_MS,
  );

  test(
    "lets a function write to /tmp alone",
    async () => {
      const answer = await answerOf(
        `for d in / /var/task /opt /var /var/lambdock/io /dev /tmp; do (: >$d/probe) 2>/dev/null && printf '%s ' $d; done >/tmp/list; ls -d /dev/shm 2>/dev/null >>/tmp/list; step answer "$(cat /tmp/list)"`,
      );
      expect(answer).toBe("/tmp");
    },
    TIMEOUT_MS,
  );

  test(
    "gives /tmp the size of EphemeralStorage, which does not count against MemorySize",
    async () => {
      const answer = await answerOf(
        `head -c 300m /dev/zero >/tmp/a; a=$?; head -c 300m /dev/zero >/tmp/b 2>/dev/null; step answer "$a $? $(df -m /tmp | tail -1 | tr -s ' ' | cut -d' ' -f2,4) $(stat -c %a /tmp)"`,
        { memorySizeMb: 128 },
      );
      expect(answer).toBe("0 1 512 0 1777");
    },
    TIMEOUT_MS,
  );

  test(
    "sets AWS's limits on files and processes",
    async () => {
      const answer = await answerOf(
        `pids=$(cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null); step answer "$(ulimit -n) $(ulimit -c) $(ulimit -l) $pids"`,
      );
      expect(answer).toBe("1024 0 64 1024");
    },
    TIMEOUT_MS,
  );

  test(
    "gives init a burst of CPU and the function its share afterwards",
    async () => {
      const work = `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done`;
      const subject = await bench.subject(`step warm; ${work}; step burst; ${work}; step limited`, { memorySizeMb: 128 });
      await subject.sandbox.startRuntime();
      (await bench.api.request(subject.token, "warm")).release();
      const start = performance.now();
      const burst = await bench.api.request(subject.token, "burst");
      const burstMs = performance.now() - start;
      subject.sandbox.endInit();
      const limitedStart = performance.now();
      burst.release();
      await bench.api.request(subject.token, "limited");
      // 128 MB are 7 % of a vCPU: 14 times slower, but other load may slow the burst down as well.
      expect((performance.now() - limitedStart) / burstMs).toBeGreaterThan(3);
    },
    TIMEOUT_MS,
  );

  test(
    "keeps functions from each other's ports",
    async () => {
      const listen = `perl -MIO::Socket::INET -e '$s=IO::Socket::INET->new(Listen=>5,LocalPort=>8080) or die; open(F,">/tmp/up"); close F; $s->accept while 1' &
while [ ! -e /tmp/up ]; do :; done
connect() { timeout 2 bash -c ": <>/dev/tcp/$1/8080" 2>/dev/null && echo reached || echo refused; }
ip=$(hostname -i 2>/dev/null || tail -1 /etc/hosts | cut -f1)`;
      const server = await bench.subject(`${listen}\nstep listening "$ip $(connect $ip)"`);
      await server.sandbox.startRuntime();
      const [address, itself] = (await bench.api.request(server.token, "listening")).body.trim().split(" ");
      expect(itself).toBe("reached");
      expect(await answerOf(`${listen}\nstep answer "$(connect ${String(address)})"`)).toBe("refused");
    },
    TIMEOUT_MS,
  );

  test("makes fifty sandboxes at once and loses none", async () => {
    const directory = await bench.codeDirectory({
      bootstrap: `#!/bin/sh\nexec curl --silent -d x "http://$AWS_LAMBDA_RUNTIME_API/started"\n`,
    });
    const subjects = await Promise.all(Array.from({ length: 50 }, () => bench.subjectOf(directory, { memorySizeMb: 128 })));
    await Promise.all(subjects.map(({ sandbox }) => sandbox.startRuntime()));
    const requests = await Promise.all(subjects.map(({ token }) => bench.api.request(token, "started")));
    expect(requests).toHaveLength(50);
    await bench.destroySubjects();
    const next = makeDockerDriver(bench.api, "isolation");
    expect(await next.reap()).toBe(0);
    await next.close();
  }, 180_000);
});

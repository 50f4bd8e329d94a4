// The workload W8 for programs on Node: the updates come from workload.json, written by w8.py.
import fs from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";

export const W8 = JSON.parse(fs.readFileSync(process.env.W8_WORKLOAD, "utf8"));
export const LABELS = ["Yes", "No", "Not sure"];
export const CODES = ["y", "n", "u"];
const SAID = { y: "Yes", n: "No", u: "Not sure" };

export const summary = (said) =>
  `Please check:\n1 teacher told: ${SAID[said.q1]}\n2 affects learning: ${SAID[said.q2]}\n` +
  `3 at school: ${SAID[said.q3]}\n4 phone me: ${SAID[said.q4]}\n\n${said.text}`;

let updates = 100;
const update = (chat, turn) =>
  W8.templates[turn].replaceAll("@C@", String(chat)).replace("@U@", String(++updates));

/** The Bot API as a stub. */
export class Api {
  calls = 0;
  call(method, chat) {
    this.calls++;
    const name = method.toLowerCase();
    if (name === "sendmessage" || name.startsWith("edit"))
      return W8.message.replaceAll("@C@", String(chat));
    return name === "getme" ? W8.me : '{"ok":true,"result":true}';
  }
}

function openDatabase(file) {
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  return database;
}

/** Where a concern is put, durably, before the parent is told that it is queued. */
export class Outbox {
  constructor(folder) {
    this.database = openDatabase(path.join(folder, "outbox.db"));
    this.database.exec(
      "CREATE TABLE IF NOT EXISTS outbox(id INTEGER PRIMARY KEY, chat INTEGER, body TEXT)",
    );
    this.insert = this.database.prepare("INSERT INTO outbox(chat, body) VALUES (?, ?)");
    this.counted = this.database.prepare("SELECT COUNT(*) AS n FROM outbox");
  }
  put(chat, body) {
    this.insert.run(chat, body);
  }
  count() {
    return this.counted.get().n;
  }
}

/** One row for each key, one commit for each write. */
export class Sessions {
  constructor(file) {
    this.database = openDatabase(file);
    this.database.exec("CREATE TABLE IF NOT EXISTS session(key TEXT PRIMARY KEY, value TEXT)");
    this.select = this.database.prepare("SELECT value FROM session WHERE key = ?");
    this.upsert = this.database.prepare(
      "INSERT INTO session VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.remove = this.database.prepare("DELETE FROM session WHERE key = ?");
  }
  read(key) {
    const row = this.select.get(key);
    return row ? JSON.parse(row.value) : undefined;
  }
  write(key, value) {
    this.upsert.run(key, JSON.stringify(value));
  }
  delete(key) {
    this.remove.run(key);
  }
  /** So many copies of the one conversation that was played. */
  copy(chat, count) {
    const { key, value } = this.database.prepare("SELECT key, value FROM session").get();
    this.database.exec("DELETE FROM session");
    this.database.transaction(() => {
      for (let number = 0; number < count; number++) {
        const other = String(10_000_000 + number);
        this.upsert.run(key.replaceAll(chat, other), value.replaceAll(chat, other));
      }
    })();
  }
}

async function inProcess(program, parents, first, seconds, turns = W8.templates.length) {
  const taken = [];
  const end = Date.now() + seconds * 1000;
  let next = first;
  let done = 0;
  const parent = async () => {
    do {
      const chat = next++;
      for (let turn = 0; turn < turns; turn++) {
        const json = update(chat, turn);
        const began = process.hrtime.bigint();
        await program.handle(json);
        taken.push(Number(process.hrtime.bigint() - began) / 1e6);
        await new Promise((go) => setImmediate(go));
        if (done && Date.now() > end) return;
      }
      done++;
    } while (Date.now() < end);
  };
  const [calls, queued, cpu, began] =
    [program.api.calls, program.outbox.count(), process.cpuUsage(), process.hrtime.bigint()];
  await Promise.all(Array.from({ length: parents }, parent));
  const wall = Number(process.hrtime.bigint() - began) / 1e9;
  const used = process.cpuUsage(cpu);
  if (turns === W8.templates.length && program.outbox.count() - queued < done)
    throw new Error("a concern was not queued");
  taken.sort((one, other) => one - other);
  return {
    turns_s: taken.length / wall,
    p50_ms: taken[taken.length >> 1],
    p99_ms: taken[Math.floor(taken.length * 0.99)],
    cpu_us: (used.user + used.system) / taken.length,
    calls: (program.api.calls - calls) / done,
  };
}

export async function main(program) {
  const [mode, ...rest] = process.argv.slice(2);
  const asked = { folder: "", parents: 1, seconds: 3, port: 0, api: "", count: 0 };
  for (let at = 0; at < rest.length; at += 2) {
    const name = rest[at].slice(2);
    asked[name] = typeof asked[name] === "number" ? Number(rest[at + 1]) : rest[at + 1];
  }
  fs.mkdirSync(asked.folder, { recursive: true });
  if (mode === "serve") return program.serve(asked.folder, asked.port, asked.api);
  await program.setup(asked.folder);
  if (mode === "seed") {
    await inProcess(program, 1, 424242, 0, 3);
    program.sessions.copy("424242", asked.count);
  } else {
    await inProcess(program, Math.min(asked.parents, 10), 300_000_000, asked.seconds / 4);
    const found = await inProcess(program, asked.parents, 200_000_000, asked.seconds);
    console.log(JSON.stringify({ ...found, mb: process.memoryUsage().rss / 1e6 }));
  }
  process.exit(0);
}

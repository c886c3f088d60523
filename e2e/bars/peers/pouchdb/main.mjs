// The peer of our synchronisation: PouchDB 9 at the clinic, express-pouchdb 4.2 at
// central, both on LevelDB on disk.
//
//   node main.mjs serve FOLDER DOCS    a server with the documents of a file, one a line
//   node main.mjs device FOLDER URL    a device that does what each line of its input says
//
// Both print one line of JSON when they are ready, end when their input ends, and
// answer each line of input {"do": …, "count": …} with one line of JSON.
import { createReadStream, mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import express from "express";
import expressPouchDB from "express-pouchdb";
import PouchDB from "pouchdb";

const batch = 1000; // documents of a request, in both directions
const [way, folder, where] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const Local = PouchDB.defaults({ prefix: `${folder}/` });
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

async function put(db, docs) {
  for (const answer of await db.bulkDocs(docs)) {
    if (answer.error) throw new Error(`${answer.id}: ${answer.message}`);
  }
}

async function serve() {
  const db = new Local("clinic");
  let docs = [];
  for await (const line of createInterface({ input: createReadStream(where) })) {
    docs.push(JSON.parse(line));
    if (docs.length === batch) {
      await put(db, docs);
      docs = [];
    }
  }
  await put(db, docs);
  const app = express();
  app.use("/", expressPouchDB(Local, { mode: "minimumForPouchDB", logPath: `${folder}/log.txt` }));
  const server = app.listen(0, "127.0.0.1", () => say({ sync: `127.0.0.1:${server.address().port}` }));
}

const both = { batch_size: batch, batches_limit: 1 };

function done(answer) {
  if (!answer.ok) throw new Error(JSON.stringify(answer.errors));
  return answer.docs_written;
}

const deeds = {
  pull: async (db) => done(await db.replicate.from(`${where}/clinic`, both)),
  push: async (db) => done(await db.replicate.to(`${where}/clinic`, both)),
  rows: async (db) => (await db.info()).doc_count,
  // settle lets the device find out that the server has what came from it.
  settle: (db) => deeds.push(db),
  echo: (db) => deeds.pull(db),
  sealed: async () => 0, // it seals nothing
  // idle is a round in which neither side has anything new.
  idle: async (db) => (await deeds.push(db)) + (await deeds.pull(db)),
  // act makes so many events on the device.
  async act(db, count) {
    for (let done = 0; done < count; done += batch) {
      const events = Array.from({ length: Math.min(batch, count - done) }, (_, i) => ({
        _id: crypto.randomUUID(), type: "checked_in", booking: crypto.randomUUID(), at: Date.now(), staff: "nurse",
        ticket: `A${String(done + i + 1).padStart(3, "0")}`,
      }));
      await put(db, events);
    }
    return count;
  },
};

async function device() {
  const db = new Local("device");
  await db.info();
  say({});
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: deed, count } = JSON.parse(line);
    const began = performance.now();
    try {
      const rows = await deeds[deed](db, count);
      say({ rows, seconds: (performance.now() - began) / 1000 });
    } catch (err) {
      say({ error: String(err) });
    }
  }
}

await { serve, device }[way]();
if (way === "serve") process.stdin.resume().on("end", () => process.exit(0));
else process.exit(0);

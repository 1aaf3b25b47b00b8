// The same list by what a Node service would use: csv-parser, and drizzle's INSERT of 1,000 rows at a time.
// node peer.mjs FILE DSN LIST_ID MOC_ID; prints one JSON line.
import fs from 'node:fs';
import csvParser from 'csv-parser';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import pg from 'pg';

const BATCH_ROWS = 1000;
const [path, connectionString, listId, mocId] = process.argv.slice(2);

const mocParts = pgTable('moc_parts', {
  partsListId: uuid('parts_list_id').notNull(),
  line: integer('line').notNull(),
  partId: text('part_id').notNull(),
  name: text('name'),
  color: text('color'),
  quantity: integer('quantity').notNull(),
});

function partOf(row, line) {
  const partId = (row['Part ID'] ?? '').trim();
  const quantity = Number((row.Quantity ?? '').trim());
  if (partId === '' || !Number.isInteger(quantity) || quantity < 1 || quantity > 999999) return null;
  return { partsListId: listId, line, partId, name: row['Part Name'].trim(), color: row.Color.trim(), quantity };
}

async function importList(transaction) {
  let line = 1;
  let rows = 0;
  let pieces = 0;
  let waiting = [];
  const write = async () => {
    if (waiting.length > 0) await transaction.insert(mocParts).values(waiting);
    waiting = [];
  };
  for await (const row of fs.createReadStream(path).pipe(csvParser())) {
    line += 1;
    const part = partOf(row, line);
    if (part === null) continue;
    rows += 1;
    pieces += part.quantity;
    waiting.push(part);
    if (waiting.length === BATCH_ROWS) await write();
  }
  await write();
  await transaction.execute(sql`UPDATE moc_parts_lists SET status = 'parsed', row_count = ${rows},
    total_parts_count = ${String(pieces)} WHERE id = ${listId}`);
  await transaction.execute(sql`UPDATE moc_instructions SET total_piece_count = ${pieces} WHERE id = ${mocId}`);
}

const begun = performance.now();
const pool = new pg.Pool({ connectionString, max: 1 });
await drizzle(pool).transaction(importList);
const seconds = (performance.now() - begun) / 1000;
await pool.end();
console.log(JSON.stringify({ seconds, peak_mb: process.resourceUsage().maxRSS / 1024 }));

// sharp as the first API used it: two pipelines over the upload's bytes. sharp_worker.mjs JOB AT_ONCE SECONDS FOLDER FILE…
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const sharp = createRequire(join(process.env.SHARP_HOME, 'package.json'))('sharp');
sharp.cache(false); // no upload comes twice

const [job, atOnce, seconds, folder, ...files] = process.argv.slice(2);
const effort = job.includes('-effort-') ? Number(job.split('-').at(-1)) : 4;
const sizes = [2048, 400];
const made = (body) => Promise.all(sizes.map((width) =>
  sharp(body).rotate().resize({ width, withoutEnlargement: true }).webp({ quality: 80, effort }).toBuffer()));

const bodies = files.map((file) => readFileSync(file));
for (const [number, body] of bodies.entries()) {
  const [full, thumb] = await made(body);
  writeFileSync(join(folder, `${job}-${number}-full.webp`), full);
  writeFileSync(join(folder, `${job}-${number}-thumb.webp`), thumb);
}

const started = performance.now();
const cpu = process.cpuUsage();
let n = 0;
await Promise.all(Array.from({ length: Number(atOnce) }, async (_, caller) => {
  for (let at = caller; performance.now() - started < Number(seconds) * 1000; at += 1) {
    await made(bodies[at % bodies.length]);
    n += 1;
  }
}));
const wall = (performance.now() - started) / 1000;
const used = process.cpuUsage(cpu);
console.log(JSON.stringify({
  n, ips: n / wall, cpu_ms: (used.user + used.system) / 1000 / n, rss_mb: process.resourceUsage().maxRSS / 1024,
}));

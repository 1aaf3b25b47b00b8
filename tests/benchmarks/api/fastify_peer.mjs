// The same five routes as a Node team would write them: Fastify, Drizzle on pg, ioredis, jose.
// PORT, DATABASE_URL, JWKS_URL, ISSUER, CLIENT_ID; REDIS_URL when there is a cache.
import { and, asc, count, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { boolean, integer, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import Fastify from 'fastify';
import Redis from 'ioredis';
import { createLocalJWKSet, jwtVerify } from 'jose';
import pg from 'pg';

const { PORT, DATABASE_URL, JWKS_URL, ISSUER, CLIENT_ID, REDIS_URL } = process.env;
const LIST_TTL_SECONDS = 300;
const UNIQUE_VIOLATION = '23505';

const utc = (name) => timestamp(name, { mode: 'date' });
const mocs = pgTable('moc_instructions', {
  id: uuid('id').primaryKey().defaultRandom(),
  userId: text('user_id').notNull(),
  title: text('title').notNull(),
  type: text('type').notNull(),
  createdAt: utc('created_at').notNull().defaultNow(),
  updatedAt: utc('updated_at').notNull().defaultNow(),
  description: text('description'),
  author: text('author'),
  partsCount: integer('parts_count'),
  theme: text('theme'),
  subtheme: text('subtheme'),
  uploadedDate: utc('uploaded_date'),
  brand: text('brand'),
  setNumber: text('set_number'),
  releaseYear: integer('release_year'),
  retired: boolean('retired'),
  tags: jsonb('tags'),
  thumbnailUrl: text('thumbnail_url'),
  totalPieceCount: integer('total_piece_count'),
});
const files = pgTable('moc_files', {
  id: uuid('id').primaryKey(),
  mocId: uuid('moc_id').notNull(),
  fileType: text('file_type').notNull(),
  fileUrl: text('file_url').notNull(),
  originalFilename: text('original_filename'),
  mimeType: text('mime_type'),
  createdAt: utc('created_at').notNull(),
});
const images = pgTable('gallery_images', {
  id: uuid('id').primaryKey(),
  url: text('image_url').notNull(),
  alt: text('title').notNull(),
  caption: text('description'),
  thumbnailUrl: text('thumbnail_url'),
  createdAt: utc('created_at').notNull(),
});
const links = pgTable('moc_gallery_images', {
  id: uuid('id').primaryKey(),
  mocId: uuid('moc_id').notNull(),
  imageId: uuid('gallery_image_id').notNull(),
});
const lists = pgTable('moc_parts_lists', {
  id: uuid('id').primaryKey(),
  mocId: uuid('moc_id').notNull(),
  title: text('title').notNull(),
  status: text('status'),
  createdAt: utc('created_at').notNull(),
  updatedAt: utc('updated_at').notNull(),
});

const db = drizzle(new pg.Pool({ connectionString: DATABASE_URL, max: 10, options: '-c timezone=UTC' }));
const cache = REDIS_URL ? new Redis(REDIS_URL, { enableAutoPipelining: true }) : null;
const keys = createLocalJWKSet(await (await fetch(JWKS_URL)).json());

const given = (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
const failure = (reply, status, code, message) => reply.code(status).send({ error: { code, message }, message, code });

async function signedIn(request, reply) {
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  try {
    const { payload } = await jwtVerify(token, keys, { issuer: ISSUER, algorithms: ['RS256'] });
    if (payload.token_use !== 'access' || payload.client_id !== CLIENT_ID) throw new Error('another client');
    request.user = payload.sub;
  } catch {
    return failure(reply, 401, 'UNAUTHORIZED', 'Sign in first');
  }
}

async function loadedPage(user, page, limit) {
  const own = eq(mocs.userId, user);
  const [[{ total }], rows] = await Promise.all([
    db.select({ total: count() }).from(mocs).where(own),
    db.select().from(mocs).where(own).orderBy(desc(mocs.updatedAt), asc(mocs.id)).limit(limit).offset((page - 1) * limit),
  ]);
  return JSON.stringify({ success: true, data: rows.map(given), total, page, limit });
}

async function cachedPage(user, page, limit) {
  const key = `lists:${user}`; // one hash a user: read by one command, forgotten by one
  const field = `${page}:${limit}`;
  const hit = await cache.hget(key, field);
  if (hit !== null) return hit;
  const body = await loadedPage(user, page, limit);
  await cache.multi().hset(key, field, body).expire(key, LIST_TTL_SECONDS).exec();
  return body;
}

const app = Fastify({ logger: false });
app.decorateRequest('user', null);

app.get('/health', async () => {
  const checked = async (check) => check.then(() => 'healthy', () => 'unhealthy');
  const [database, redis] = await Promise.all([
    checked(db.execute(sql`select 1`)),
    cache ? checked(cache.ping()) : 'unhealthy',
  ]);
  const status = database === 'healthy' ? 'healthy' : 'unhealthy';
  return { status, service: 'lego-projects-api', components: { database, redis }, timestamp: new Date() };
});

const number = (most, preset) => ({ type: 'integer', minimum: 1, maximum: most, default: preset });
const paged = { querystring: { type: 'object', properties: { page: number(10000000, 1), limit: number(100, 20) } } };
app.get('/api/mocs', { onRequest: signedIn, schema: paged }, async (request, reply) => {
  const { page, limit } = request.query;
  const body = await (cache ? cachedPage : loadedPage)(request.user, page, limit);
  return reply.type('application/json').send(body);
});

const byId = { params: { type: 'object', properties: { id: { type: 'string', format: 'uuid' } } } };
app.get('/api/mocs/:id', { onRequest: signedIn, schema: byId }, async (request, reply) => {
  const { id } = request.params;
  const [[moc], itsFiles, itsImages, itsLists] = await Promise.all([
    db.select().from(mocs).where(eq(mocs.id, id)),
    db.select().from(files).where(eq(files.mocId, id)).orderBy(asc(files.createdAt)),
    db.select({ image: images }).from(links).innerJoin(images, eq(links.imageId, images.id))
      .where(eq(links.mocId, id)).orderBy(desc(images.createdAt)),
    db.select().from(lists).where(eq(lists.mocId, id)).orderBy(asc(lists.createdAt)),
  ]);
  if (moc === undefined) return failure(reply, 404, 'NOT_FOUND', 'MOC not found');
  if (moc.userId !== request.user) return failure(reply, 403, 'FORBIDDEN', 'This MOC belongs to somebody else');
  const data = {
    ...given(moc),
    files: itsFiles.map(given),
    images: itsImages.map(({ image }) => given(image)),
    partsLists: itsLists.map(given),
  };
  return { success: true, data };
});

const title = { type: 'string', minLength: 1, maxLength: 200 };
const newMoc = { body: { type: 'object', required: ['title', 'type'], properties: {
  title, type: { enum: ['moc', 'set'] }, description: { type: 'string', maxLength: 5000 }, author: { type: 'string' },
  partsCount: { type: 'integer', minimum: 1 }, theme: { type: 'string' },
  tags: { type: 'array', maxItems: 20, items: { type: 'string', maxLength: 50 } } } } };
app.post('/api/mocs', { onRequest: signedIn, schema: newMoc }, async (request, reply) => {
  const { title: wanted, type, description, author, partsCount, theme, tags } = request.body;
  let row;
  try {
    [row] = await db.insert(mocs)
      .values({ userId: request.user, title: wanted, type, description, author, partsCount, theme, tags }).returning();
  } catch (error) {
    if ((error.cause ?? error).code !== UNIQUE_VIOLATION) throw error;
    return failure(reply, 409, 'CONFLICT', 'You already have a MOC with this title');
  }
  if (cache) await cache.del(`lists:${request.user}`);
  return reply.code(201).send({ success: true, data: given(row) });
});

await app.listen({ port: Number(PORT), host: '127.0.0.1' });

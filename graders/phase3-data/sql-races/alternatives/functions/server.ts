import http from 'node:http'
import { Pool } from 'pg'

const FUNCTIONS = `
create unique index if not exists one_locker_per_parcel on lockers (parcel) where parcel is not null;

create or replace function book(depot integer, code text) returns json language plpgsql as $$
declare
  place record;
begin
  loop
    select id, depot_id into place from lockers where parcel = code;
    if found then
      if place.depot_id <> depot then
        return json_build_object('status', 409, 'body', json_build_object('detail', 'It has a locker elsewhere.'));
      end if;
      return json_build_object('status', 200, 'body', json_build_object('locker', place.id::text, 'again', true));
    end if;
    begin
      -- Waits for whoever is taking this one; if it is taken, Postgres goes on to the next.
      select id into place from lockers where depot_id = depot and parcel is null order by id limit 1 for update;
      if found then
        update lockers set parcel = code where id = place.id;
        return json_build_object('status', 201, 'body', json_build_object('locker', place.id::text));
      end if;
    exception when unique_violation then
      continue;
    end;
    -- While we waited, the last one may have gone to this very parcel.
    if not exists (select from lockers where parcel = code) then
      return json_build_object('status', 409, 'body', json_build_object('detail', 'No locker is free.'));
    end if;
  end loop;
end $$;

create or replace function vacate(code text) returns json language plpgsql as $$
begin
  update lockers set parcel = null where parcel = code;
  if found then return json_build_object('status', 200, 'body', json_build_object('parcel', code)); end if;
  return json_build_object('status', 404, 'body', json_build_object('detail', 'It has no locker.'));
end $$;

create or replace function transfer(payer integer, payee integer, amount integer) returns json language plpgsql as $$
declare
  purse integer;
begin
  select cents into purse from wallets where id = payer for no key update;
  if not found or not exists (select from wallets where id = payee) then
    return json_build_object('status', 404, 'body', json_build_object('detail', 'No such wallet.'));
  elsif purse < amount then
    return json_build_object('status', 409, 'body', json_build_object('detail', 'Not enough.'));
  end if;
  update wallets set cents = purse - amount where id = payer;
  update wallets set cents = cents + amount where id = payee;
  return json_build_object('status', 201, 'body', json_build_object('left', purse - amount));
end $$;

create or replace function wallet(which integer) returns json language sql as $$
  select coalesce(
    (select json_build_object('status', 200, 'body', json_build_object('id', id::text, 'cents', cents)) from wallets where id = which),
    json_build_object('status', 404, 'body', json_build_object('detail', 'No such wallet.'))
  )
$$;
`

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 20 })
pool.on('error', (error) => console.warn(`lost an idle connection: ${error.message}`))

type Reply = { status: number; body: object }

async function call(sql: string, ...values: unknown[]): Promise<Reply> {
  for (;;) {
    try {
      const { rows } = await pool.query<{ reply: Reply }>(`select ${sql} as reply`, values)
      return rows[0]!.reply
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01') throw error
    }
  }
}

const no = (status: number, detail: string): Reply => ({ status, body: { detail } })
const integer = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= -2147483648 && (value as number) <= 2147483647
const code = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Z0-9-]{4,32}$/.test(value)

async function answer(method: string, path: string, text: string): Promise<Reply> {
  const wallet = /^\/wallets\/(\d{1,12})$/.exec(path)
  if (method === 'GET' && wallet) {
    const id = Number(wallet[1])
    return integer(id) ? call('wallet($1)', id) : no(404, 'No such wallet.')
  }
  const booking = /^\/bookings\/([A-Z0-9-]{4,32})$/.exec(path)
  if (method === 'DELETE' && booking) return call('vacate($1)', booking[1])
  const depot = /^\/depots\/([^/]+)\/bookings$/.exec(path)
  if (method !== 'POST' || !(depot || path === '/transfers')) return no(404, 'Nothing here.')
  let json: any
  try {
    json = JSON.parse(text)
  } catch {
    return no(400, 'No JSON.')
  }
  if (typeof json !== 'object' || json === null) return no(422, 'An object, please.')
  if (depot) {
    if (!code(json.parcel)) return no(422, 'parcel: 4 to 32 of A-Z, 0-9 and -.')
    const id = /^-?\d+$/.test(depot[1]!) ? Number(depot[1]) : Number.NaN
    return integer(id) ? call('book($1, $2)', id, json.parcel) : no(400, 'The depot is no number.')
  }
  const { from, to, cents } = json
  if (!integer(from) || !integer(to) || from === to) return no(422, 'from, to: two wallets.')
  if (!integer(cents) || cents < 1 || cents > 1e9) return no(422, 'cents: from 1 to 1e9.')
  return call('transfer($1, $2, $3)', from, to, cents)
}

const server = http.createServer(async (request, response) => {
  let reply: Reply
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const path = new URL(request.url!, 'http://x').pathname
    reply = await answer(request.method!, path, Buffer.concat(chunks).toString())
  } catch (error) {
    console.error(error)
    reply = no(502, 'The database does not answer.')
  }
  response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(reply.body))
})

await pool.query(FUNCTIONS)
server.listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void pool.end()
})

import { createServer } from 'node:http'
import { parcelsController } from './controllers/parcels.ts'
import { messagePage } from './views/parcels.ts'
export const app = (model: any) => createServer((req, res) => {
  const html = (status: number, text: string) => void res.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text)
  const work = async () => {
    const [path = '/', search] = (req.url ?? '/').split('?')
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    const once = (q: URLSearchParams) => Object.fromEntries([...q.keys()].map((k) => [k, q.get(k)!]))
    const request: any = { query: once(new URLSearchParams(search)), body: once(new URLSearchParams(Buffer.concat(chunks).toString())), params: {} }
    const c: any = parcelsController(model)
    const id = path.match(/^\/parcels\/([1-9][0-9]{0,8})(?:\/deliver)?$/)?.[1]
    request.params.id = id
    const pattern = id ? path.replace(id, '#') : path
    const action = ({ 'GET /parcels': 'index', 'GET /parcels/new': 'form', 'POST /parcels': 'create', 'GET /parcels/#': 'show', 'POST /parcels/#/deliver': 'deliver' } as any)[`${req.method} ${pattern}`]
    if (path === '/' && req.method === 'GET') return void res.writeHead(302, { location: '/parcels' }).end()
    if (!action || (path.includes('#'))) return html(404, messagePage({ title: 'Not found', message: 'There is no such page.' }))
    const reply = await c[action](request)
    if (reply.location) return void res.writeHead(reply.status, { location: reply.location }).end()
    html(reply.status, reply.html)
  }
  work().catch((error) => {
    console.error(error)
    html(500, messagePage({ title: 'Error', message: 'Something went wrong.' }))
  })
})

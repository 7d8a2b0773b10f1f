// Pelican Post's shop for boxes and tape, on MariaDB. Read README.md first.
//
// What is here runs and keeps everything in the memory of the process. Make it keep everything in
// MariaDB: the URL is in process.env.MARIADB_URL.
import express from 'express'

const app = express()
app.use(express.json())

type Customer = { id: number; email: string; name: string }
const customers: Customer[] = []

app.post('/customers', (request, response) => {
  const { email, name } = request.body ?? {}
  const customer = { id: customers.length + 1, email, name }
  customers.push(customer)
  response.status(201).json(customer)
})

app.get('/customers/:id', (request, response) => {
  const customer = customers.find(({ id }) => String(id) === request.params.id)
  if (customer) response.json(customer)
  else response.status(404).json({ error: 'no such customer' })
})

// TODO: PUT and GET /stock/:sku, POST and GET /orders, GET /report
app.use((_request, response) => {
  response.status(501).json({ error: 'not done yet' })
})

app.listen(Number(process.env.PORT), '127.0.0.1')

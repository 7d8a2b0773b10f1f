import { createServer } from 'node:net'

const server = createServer((socket) => {
  socket.on('error', () => {})
  // Read requests from the socket's bytes, and answer them. The rules are in README.md.
  socket.once('data', () => {
    socket.end('HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  })
})

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')

export const routes = (parcels: any): Record<string, any> => ({
  'GET /': async () => ({ status: 302, location: '/parcels' }),
  'GET /parcels': parcels.index,
  'GET /parcels/new': parcels.form,
  'POST /parcels': parcels.create,
  'GET /parcels/:id': parcels.show,
  'POST /parcels/:id/deliver': parcels.deliver,
})

export const toParcel = (row: any) => ({
  id: row.id as number,
  recipient: row.recipient as string,
  city: row.city as string,
  weightG: row.weight_g as number,
  delivered: Boolean(row.delivered_at),
})

/** Zones far east and far west, with odd offsets, and with clocks that change in spring. */
export const ZONES = [
  'Pacific/Kiritimati',
  'Asia/Kathmandu',
  'Europe/Athens',
  'America/St_Johns',
  'Pacific/Pago_Pago',
]

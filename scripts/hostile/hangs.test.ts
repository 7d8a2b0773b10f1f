import { hangs } from './hangs.ts'
import { submit } from './submit.ts'

// Those that wait the longest are split over two files, for files run side by side.
submit(
  'hangs',
  hangs.filter(({ row }) => row === 13),
)

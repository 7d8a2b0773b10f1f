export { create } from './create.ts'
export { deliver } from './deliver.ts'
export { find, list } from './read.ts'

import { relations } from 'drizzle-orm'
import { bigint, date, integer, numeric, pgTable, primaryKey, text, timestamp } from 'drizzle-orm/pg-core'

export const depots = pgTable('depots', {
  id: integer('id').primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull(),
  city: text('city').notNull(),
  openedOn: date('opened_on', { mode: 'string' }).notNull(),
})

export const parcels = pgTable('parcels', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  code: text('code').notNull().unique(),
  depotId: integer('depot_id').notNull().references(() => depots.id),
  status: text('status').notNull().default('registered'),
  weightKg: numeric('weight_kg', { precision: 8, scale: 3, mode: 'number' }).notNull(),
  priceCents: bigint('price_cents', { mode: 'number' }).notNull(),
  version: integer('version').notNull().default(1),
  deletedAt: timestamp('deleted_at', { withTimezone: true }),
})

export const scans = pgTable('scans', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedByDefaultAsIdentity(),
  parcelId: bigint('parcel_id', { mode: 'number' }).notNull().references(() => parcels.id),
  kind: text('kind').notNull(),
  at: timestamp('at', { withTimezone: true, mode: 'date' }).notNull().defaultNow(),
})

export const tags = pgTable('tags', {
  id: integer('id').primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull().unique(),
})

export const parcelTags = pgTable(
  'parcel_tags',
  {
    parcelId: bigint('parcel_id', { mode: 'number' }).notNull().references(() => parcels.id),
    tagId: integer('tag_id').notNull().references(() => tags.id),
  },
  (table) => [primaryKey({ columns: [table.parcelId, table.tagId] })],
)

export const depotRelations = relations(depots, ({ many }) => ({ parcels: many(parcels) }))
export const parcelRelations = relations(parcels, ({ one, many }) => ({
  depot: one(depots, { fields: [parcels.depotId], references: [depots.id] }),
  scans: many(scans),
  links: many(parcelTags),
}))
export const scanRelations = relations(scans, ({ one }) => ({
  parcel: one(parcels, { fields: [scans.parcelId], references: [parcels.id] }),
}))
export const linkRelations = relations(parcelTags, ({ one }) => ({
  parcel: one(parcels, { fields: [parcelTags.parcelId], references: [parcels.id] }),
  tag: one(tags, { fields: [parcelTags.tagId], references: [tags.id] }),
}))

/** The rules of the README, in its words. */
export const RULES = {
  type: '`Content-Type: text/html; charset=utf-8`',
  document: 'It begins with `<!doctype html>`, and `<html>` has a `lang`.',
  headings: 'It has exactly one `<h1>` and a `<title>`, and neither is empty.',
  ids: 'No two elements have the same `id`.',
  style: 'It links a stylesheet of this server, which answers `200` and `text/css`.',
  css: 'At least one rule in that stylesheet matches the element with `id="events"` or something inside it',
  text: 'Data is shown exactly as it came: `<b>`, `&amp;` and `{{7*7}}` are texts like any other.',
  markup: "No data becomes an element, an attribute or part of one's name.",
  places:
    'Data stands in texts and attribute values, never in a `<script>`, a `<style>`, a `style` or an `on…` attribute.',
  h1: '`<h1>` contains the code',
  title: '`<title>` contains the code and the recipient',
  shown: 'shown: the recipient and the sender’s name',
  link: 'A website that begins with `https://` or `http://` is linked: some `<a href>` leads to it.',
  noLink: 'Any other website is not linked at all.',
  events:
    'an `<ol>`, `<ul>` or `<table>` with `id="events"`, which has one `<li>` or row for each event, with its place and text',
  order: 'oldest first; events of the same instant as in the file',
  time: 'Each event has one `<time>`, whose `datetime` is that instant in a form that HTML knows.',
  noTime:
    'Where `at` is no time, it is shown as it is, without a `<time>`, and the event stands after all others, as in the file.',
  form: 'It is sent by `POST` to `/pickup`, urlencoded, by a button in it.',
  fields:
    'the fields of the form: `name` `<input>`, `email` `<input>`, `depot` `<select>`, `note` `<textarea>`',
  options:
    'The select has one option for each depot, as in the file: its value is the `id`, its text the `name`.',
  labels:
    'Each field has a text that is tied to it, by `<label for>`, a `<label>` around it, or `aria-labelledby`.',
  empty: '`GET /pickup` shows empty fields, whoever typed what before.',
  wrong:
    'Where a field is wrong, the answer is `400` or `422` and the form again, and nothing is booked.',
  kept: 'Each field then holds what was typed, right or wrong; of the select that is asked where the depot is right.',
  keptBreak: 'That is so for a note that begins with line breaks, too.',
  message:
    'Each wrong field has a message that is tied to it: in its label, or in an element that its `aria-describedby` or `aria-errormessage` names.',
  noMessage: 'A field that is right has no message.',
  post: 'Where all fields are right, it books and answers `303` with a `Location`.',
  booked:
    "The `Location` is the booking's own: it shows this booking's name, email, name of the depot, and note, to everybody and at any time.",
  reload: 'No `GET` books anything.',
  pickups:
    'has an `<ol>`, `<ul>` or `<table>` with `id="pickups"`, with one `<li>` or row for each booking, in the order in which they were made, with the same four values',
  missing: 'an unknown code, or any other path | `404` and a page',
  method: 'another method on a path of the table above | `405` and `Allow`',
  head: '`HEAD` | as `GET`, without the body',
  otherType:
    '`POST` of another type than `application/x-www-form-urlencoded` | `400`, `415` or `422`',
} as const

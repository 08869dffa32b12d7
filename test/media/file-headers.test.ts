import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { byteRange } from '../../lib/api/media/byte-range.ts';
import { contentDisposition } from '../../lib/api/media/content-disposition.ts';
import { uploadedName, uploadedType } from '../../lib/domain/media/upload-facts.ts';

describe('Content-Disposition', () => {
  test('shows what is safe to show, and saves the rest', () => {
    assert.equal(contentDisposition('image/png', null), 'inline');
    assert.equal(contentDisposition('Text/Plain; charset=utf-8', null), 'inline');
    for (const type of ['text/html', 'image/svg+xml', 'application/pdf', 'application/octet-stream', 'text/plainer']) {
      assert.equal(contentDisposition(type, null), 'attachment', type);
    }
  });

  test('names files', () => {
    assert.equal(contentDisposition('image/png', 'War and Peace.png'), 'inline; filename="War and Peace.png"');
    assert.equal(contentDisposition('a/b', 'a"b\\c'), 'attachment; filename="a\\"b\\\\c"');
    assert.equal(contentDisposition('a/b', 'naïve (1).txt'), "attachment; filename*=UTF-8''na%C3%AFve%20%281%29.txt");
  });

  test('whatever a client calls its file, the header is one line of ASCII that says the same name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (given) => {
        const name = uploadedName(given);
        const header = contentDisposition('a/b', name);
        assert.match(header, /^attachment(; filename(="(?:[^"\\]|\\.)*"|\*=UTF-8''[\w.!#$&+^`|~%-]*))?$/);
        assert.match(header, /^[\x20-\x7e]*$/);
        new Headers({ 'content-disposition': header });
        const quoted = /filename="(.*)"$/.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
        const extended = /filename\*=UTF-8''(.*)$/.exec(header)?.[1];
        assert.equal(quoted ?? (extended === undefined ? null : decodeURIComponent(extended)), name);
      }),
    );
  });

  test('names lose what is no part of a name', () => {
    assert.equal(uploadedName('a\r\nSet-Cookie: b\0.txt'), 'aSet-Cookie: b.txt');
    assert.equal(uploadedName('\ud800x'), '\ufffdx');
    assert.equal(uploadedName(' \t '), null);
    assert.equal(uploadedName(null), null);
    assert.equal(uploadedName('😀'.repeat(300)), '😀'.repeat(255));
  });
});

test('content types are kept, or are unknown', () => {
  for (const type of ['image/png', 'text/plain; charset="utf-8"', 'application/vnd.api+json;a=b']) {
    assert.equal(uploadedType(type), type);
  }
  for (const type of [null, '', 'png', 'a/b\r\nx: y', 'a/b; ünicode', `a/${'b'.repeat(200)}`, 'text/html, a/b']) {
    assert.equal(uploadedType(type), 'application/octet-stream', String(type));
  }
});

describe('ranges', () => {
  test('first and last, open ends, the last bytes', () => {
    assert.deepEqual(byteRange('bytes=2-4', 10), { start: 2, end: 4 });
    assert.deepEqual(byteRange('bytes=7-', 10), { start: 7, end: 9 });
    assert.deepEqual(byteRange('bytes=7-99', 10), { start: 7, end: 9 });
    assert.deepEqual(byteRange('bytes=-3', 10), { start: 7, end: 9 });
    assert.deepEqual(byteRange('bytes=-30', 10), { start: 0, end: 9 });
    assert.deepEqual(byteRange('Bytes=0-0', 10), { start: 0, end: 0 });
  });

  test('none of the bytes', () => {
    for (const [header, size] of [
      ['bytes=10-', 10],
      ['bytes=10-12', 10],
      ['bytes=-0', 10],
      ['bytes=0-', 0],
      ['bytes=-5', 0],
    ] as const) {
      assert.equal(byteRange(header, size), 'unsatisfiable', header);
    }
  });

  test('the whole file for what is no single range', () => {
    for (const header of [
      null,
      '',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=4-2',
      'bytes=0-1,3-4',
      'lines=1-2',
      'bytes=a-b',
      'bytes=--1',
    ]) {
      assert.equal(byteRange(header, 10), undefined, String(header));
    }
  });

  test('is always inside the file', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.nat()), fc.option(fc.nat()), (size, first, last) => {
        const range = byteRange(`bytes=${first ?? ''}-${last ?? ''}`, size);
        if (typeof range !== 'object') return;
        assert.ok(range.start >= 0 && range.start <= range.end && range.end < size);
      }),
    );
  });
});

import { fromQuery, toQuery, type Selection } from './selection';

const all: Selection = { search: 'bert', phases: ['Running', 'Failed'], types: ['MPIJob'], creator: 'ann', sortBy: 'gpus', reverse: true, page: 3, perPage: 50 };

test('a selection comes back from its address', () => expect(fromQuery(toQuery(all))).toEqual(all));

test('defaults are not in the address', () => expect(toQuery(fromQuery(new URLSearchParams())).toString()).toBe(''));

test('what makes no sense is as if it were not there', () => {
  const s = fromQuery(new URLSearchParams('phase=Nearly&phase=Failed&sortBy=colour&page=-2&perPage=7&reverse=1'));
  expect(s).toEqual({ ...fromQuery(new URLSearchParams()), phases: ['Failed'] });
});

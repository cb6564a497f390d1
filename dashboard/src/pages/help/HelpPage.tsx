import { Alert, Content, Grid, GridItem, List, ListItem, PageSection, SearchInput, Stack, StackItem, Title } from '@patternfly/react-core';
import { useState } from 'react';
import { Link, useLocation } from 'react-router-dom';

import { decoded } from '~/app/scope';
import { words } from '~/words/words';

import { find, named } from './entries';
import { EntryCard } from './EntryCard';
import { troubleshooting } from './troubleshooting';
import './help.css';

const w = words.help;

/** HelpPage is why jobs fail or wait, and what to change; it opens at the reason that the address names. */
export default function HelpPage() {
  const { hash, key } = useLocation();
  const [text, setText] = useState('');
  const shown = find(troubleshooting, text);
  const current = named(troubleshooting, hash);
  const asked = decoded(hash.slice(1));
  return (
    <PageSection isFilled>
      <Stack hasGutter>
        <StackItem>
          <Title headingLevel="h1">{words.pages.help}</Title>
          <Content component="p">{w.intro}</Content>
        </StackItem>
        {asked !== '' && !current && <Alert variant="info" isInline title={w.unknown(asked)} component="p" />}
        <StackItem>
          <SearchInput value={text} aria-label={w.find} placeholder={w.find} onChange={(_e, v) => setText(v)} onClear={() => setText('')} className="help-search" />
        </StackItem>
        <Grid hasGutter>
          <GridItem lg={3} className="help-names">
            <nav aria-label={w.entries}>
              <List isPlain>
                {shown.map((e) => (
                  <ListItem key={e.reason}>
                    <Link to={`#${e.reason}`} {...(e === current ? { 'aria-current': 'true' as const } : {})}>
                      {e.reason}
                    </Link>
                  </ListItem>
                ))}
              </List>
            </nav>
          </GridItem>
          <GridItem lg={9}>
            <div role="status">{shown.length === 0 && w.none}</div>
            <Stack hasGutter>
              {shown.map((e) => (
                // Followed once more, a link leads there once more.
                <EntryCard key={e === current ? `${e.reason} ${key}` : e.reason} entry={e} current={e === current} />
              ))}
            </Stack>
          </GridItem>
        </Grid>
      </Stack>
    </PageSection>
  );
}

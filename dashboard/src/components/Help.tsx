import { FormHelperText, HelperText, HelperTextItem } from '@patternfly/react-core';

interface Props {
  id?: string;
  /** What is wrong with the field, in the place of how it is meant. */
  wrong?: string | undefined;
  text: string;
  /** It is read out as it changes. */
  live?: boolean;
}

/** Help is what stands under a field. */
export function Help({ id, wrong, text, live = false }: Props) {
  return (
    <FormHelperText>
      <HelperText {...(id !== undefined && { id })} isLiveRegion={live}>
        <HelperTextItem variant={wrong ? 'error' : 'default'}>{wrong ?? text}</HelperTextItem>
      </HelperText>
    </FormHelperText>
  );
}

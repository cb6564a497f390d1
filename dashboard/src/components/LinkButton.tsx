import { Button, type ButtonProps } from '@patternfly/react-core';
import { Link } from 'react-router-dom';

interface Props extends Omit<ButtonProps, 'component' | 'ref'> {
  to: string;
}

/** LinkButton is a link that looks like a button: it leads to another page. */
export function LinkButton({ to, ...rest }: Props) {
  const at = { to };
  return <Button {...rest} component={Link} {...at} />;
}

// Package price is what jobs cost by the prices an administrator has set: exact sums of what pods ask for.
package price

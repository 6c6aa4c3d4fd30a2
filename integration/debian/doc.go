// Package debian gets packages by name from the Debian mirror that this machine itself uses, and unpacks
// them into a folder. Nothing is installed: apt works on lists and in a cache of its own, with the machine's
// proxies and keys, and no rights are needed. Start with Open.
package debian

/**
 * What the servers have in common: how they listen, the checks of who asks, refusals, and bodies of limited size.
 */
package io.github.finessl.web;

/**
 * The studio in the browser: a server on this machine alone, behind a token and checks of where each request comes from, its
 * pages and their texts.
 */
package io.github.finessl.studio.web;
